import { randomBytes } from "node:crypto";

/** 32 random bits, unsigned. */
export function random(): number {
  return randomBytes(4).readUInt32LE(0);
}
