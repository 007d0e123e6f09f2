import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** 32 bits have the slots and chunks of an ESP32; 64 run where no 32-bit gcc is. */
export type Bits = 32 | 64;
export const BITS: readonly Bits[] = [32, 64];

export const root = fileURLToPath(new URL("../../..", import.meta.url));
/** The host's own sources. */
export const hostFolder = join(root, "test/xs/host");

export function folder(bits: Bits): string {
  return join(root, "build/xs", String(bits));
}

export function hostPath(bits: Bits): string {
  return join(folder(bits), "mote-xs");
}

/** Runs 32-bit programs where the kernel does not. */
export const EMULATOR = "qemu-i386";

/** The file that says with what a width's programs run on this machine. */
export function runnerPath(bits: Bits): string {
  return join(folder(bits), "runner");
}

/** True where the machine itself does not run programs of that width: they run much slower. */
export function isEmulated(bits: Bits): boolean {
  return existsSync(runnerPath(bits)) && readFileSync(runnerPath(bits), "utf8") === EMULATOR;
}
