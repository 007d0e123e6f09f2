import type { Board } from "./board.js";
import { espressifEsp32Devkitc } from "./espressif-esp32-devkitc.js";
import { raspberryPiPico } from "./raspberry-pi-pico.js";

export type { Board } from "./board.js";

/** Every kind of board the tools know; the first match by USB ids is the one that is named. */
export const boards: readonly Board[] = [espressifEsp32Devkitc, raspberryPiPico];
