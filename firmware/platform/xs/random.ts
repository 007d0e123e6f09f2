/** 32 random bits, unsigned. On an ESP32 they come from the hardware. */
export function random(): number {
  return (Math.random() * 0x100000000) >>> 0;
}
