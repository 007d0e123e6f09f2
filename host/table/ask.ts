/** The part of an input terminal that a question needs. */
export interface KeyInput {
  setRawMode(isRaw: boolean): unknown;
  resume(): unknown;
  pause(): unknown;
  once(event: "data", handler: (bytes: Buffer) => void): unknown;
  off(event: "data", handler: (bytes: Buffer) => void): unknown;
}

const CONTROL_C = "\u0003";

/** Waits for one key: `yes` for y, `interrupt` for Ctrl-C or when `signal` aborts, `no` for any other. */
export function askKey(input: KeyInput, signal: AbortSignal): Promise<"yes" | "no" | "interrupt"> {
  return new Promise((resolve) => {
    const finish = (answer: "yes" | "no" | "interrupt") => {
      signal.removeEventListener("abort", handleAbort);
      input.off("data", handleKey);
      input.setRawMode(false);
      input.pause();
      resolve(answer);
    };
    const handleAbort = () => finish("interrupt");
    const handleKey = (bytes: Buffer) => {
      const key = bytes.toString();
      if (key.startsWith(CONTROL_C)) finish("interrupt");
      else finish(key.toLowerCase().startsWith("y") ? "yes" : "no");
    };
    signal.addEventListener("abort", handleAbort, { once: true });
    input.setRawMode(true);
    input.resume();
    input.once("data", handleKey);
  });
}
