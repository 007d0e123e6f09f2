import type { Random } from "../sim/random.js";

/** What an ESP32 says on its port between reset and application: ROM, second stage, IDF. */
const BOOT = [
  "ets Jul 29 2019 12:21:46",
  "",
  "rst:0x1 (POWERON_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)",
  "configsip: 0, SPIWP:0xee",
  "clk_drv:0x00,q_drv:0x00,d_drv:0x00,cs0_drv:0x00,hd_drv:0x00,wp_drv:0x00",
  "mode:DIO, clock div:2",
  "load:0x3fff0030,len:7176",
  "load:0x40078000,len:15564",
  "ho 0 tail 12 room 4",
  "load:0x40080400,len:4",
  "entry 0x400805f0",
  "\u001b[0;32mI (31) boot: ESP-IDF v5.2.1 2nd stage bootloader\u001b[0m",
  "\u001b[0;32mI (31) boot: compile time Mar  4 2024 10:11:12\u001b[0m",
  "\u001b[0;32mI (33) boot: Multicore bootloader\u001b[0m",
  "\u001b[0;32mI (37) boot: chip revision: v3.0\u001b[0m",
  "\u001b[0;32mI (41) boot.esp32: SPI Speed      : 40MHz\u001b[0m",
  "\u001b[0;32mI (55) boot: Partition Table:\u001b[0m",
  "\u001b[0;32mI (59) boot: ## Label            Usage          Type ST Offset   Length\u001b[0m",
  "\u001b[0;32mI (66) boot:  0 nvs              WiFi data        01 02 00009000 00006000\u001b[0m",
  "\u001b[0;33mW (254) spi_flash: Detected size(4096k) larger than the size in the binary image header\u001b[0m",
  "Guru Meditation Error: Core  0 panic'ed (LoadProhibited). Exception was unhandled.",
  "Backtrace: 0x400d1f2b:0x3ffb4540 0x400d1f5e:0x3ffb4560 |<-CORRUPTED",
  "Rebooting...",
];
/** A ROM of 74,880 baud (ESP8266, 26 MHz crystals) heard at 115,200. */
const WRONG_BAUD_BYTES = 400;

/** One board that boots again and again, as it would sound on the wire. */
export function bootLog(length: number, random: Random): Uint8Array {
  const text = Buffer.from(`${BOOT.join("\r\n")}\r\n`);
  const log = Buffer.alloc(length);
  for (let at = 0; at < length; ) {
    at += text.copy(log, at);
    const end = Math.min(length, at + WRONG_BAUD_BYTES);
    // Bits of the wrong length read as bytes with many ones, often the same few.
    for (; at < end; at++)
      log[at] = random.below(10) < 3 ? 0xff << random.below(8) : random.below(256);
  }
  return log;
}
