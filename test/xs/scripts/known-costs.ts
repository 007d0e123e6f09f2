import host from "host";
import { measure } from "./meter.js";

// What facts from Moddable's own engine say an operation costs: proof that the counters count.

interface Resizable extends ArrayBuffer {
  resize(byteLength: number): void;
}

const RUNS = 2_000;
const bytes = new Uint8Array(64);
const other = new Uint8Array(16);
const text = ["mote", "board"] as const;
const kept: { value: unknown } = { value: undefined };
const Buffer_ = ArrayBuffer as unknown as new (
  byteLength: number,
  options: { maxByteLength: number },
) => Resizable;
const resizable = new Buffer_(256, { maxByteLength: 256 });

measure("subarray", RUNS, () => {
  kept.value = bytes.subarray(1, 3);
});
measure("new Uint8Array", RUNS, () => {
  kept.value = new Uint8Array(8);
});
measure("text.length", RUNS, () => {
  kept.value = text[0].length;
});
measure("text + text", RUNS, () => {
  kept.value = text[0] + text[1];
});
measure("a literal", RUNS, () => {
  kept.value = { a: 1 };
});
measure("a loop over bytes", RUNS, () => {
  for (let i = 0; i < 16; i++) bytes[i] = bytes[i + 16] as number;
});
measure("copyWithin and set", RUNS, () => {
  bytes.copyWithin(0, 32, 48);
  bytes.set(other, 8);
});
measure("resize and back", RUNS, () => {
  resizable.resize(17);
  resizable.resize(256);
});
measure("the host's own functions", RUNS, () => {
  host.slots();
  host.cpuMicroseconds();
  host.liveSlots();
});
