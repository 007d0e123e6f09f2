import type { Board } from "./board.js";

/** Espruino's RP2040 port, over the chip's own USB: the Pico SDK sends nothing while DTR is low. */
export const raspberryPiPico = {
  id: "raspberry-pi-pico",
  name: "Raspberry Pi Pico",
  chip: "RP2040",
  engine: "espruino",
  usbIds: [{ vendorId: "2e8a", productId: "000a" }], // the SDK's ids for USB serial, whatever the program
  usbIdentity: "adapter",
  baudRate: 115_200,
  dtr: true,
  rts: true,
} as const satisfies Board;
