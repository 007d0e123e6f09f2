import type { Board } from "./board.js";

/**
 * DTR and RTS drive GPIO0 and the reset through two transistors that cancel each other: with equal
 * levels the chip runs. Both stay asserted, as the system opens the port: no edge, no reset.
 */
export const espressifEsp32Devkitc = {
  id: "espressif-esp32-devkitc",
  name: "Espressif ESP32-DevKitC",
  chip: "ESP32",
  engine: "xs",
  usbIds: [
    { vendorId: "10c4", productId: "ea60" }, // Silicon Labs CP2102, CP2102N
    { vendorId: "1a86", productId: "7523" }, // WCH CH340, on copies of the board
  ],
  usbIdentity: "adapter",
  baudRate: 115_200,
  dtr: true,
  rts: true,
} as const satisfies Board;
