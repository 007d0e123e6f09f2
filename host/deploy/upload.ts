import type { Duplex } from "node:stream";
import { HostError } from "../error.js";
import { ReplUpload, type StorageFile, type UploadStatus } from "./repl-upload.js";

const TICK_MS = 100;

const FAULTS: Readonly<Record<Exclude<UploadStatus, "running" | "done">, string>> = {
  damaged: "what the board has stored differs from what was sent; try again",
  refused: "the board refused a statement",
  silent: "the board's REPL does not answer; reset the board, or check port and baud rate",
};

export interface UploadOptions {
  /** Content per line; more is faster where the board's receive ring takes it. */
  readonly chunkBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes files into the Storage of the Espruino at the other end of a byte stream. A program that runs
 * there from Storage must be started anew afterwards: its functions lie where its old text was.
 *
 * @throws HostError `runtime`: the board does not answer, refuses, or has stored something else
 */
export function upload(
  stream: Duplex,
  files: readonly StorageFile[],
  options: UploadOptions = {},
): Promise<void> {
  const core = new ReplUpload(files, options.chunkBytes);
  const { signal } = options;
  return new Promise((resolve, reject) => {
    const step = () => {
      const text = core.pollTransmit(performance.now());
      if (text !== "") stream.write(text, "latin1");
      if (core.status !== "running")
        finish(core.status === "done" ? undefined : fault(core, files));
    };
    const handleData = (bytes: Buffer) => {
      core.handleText(bytes.toString("latin1"));
      step();
    };
    const handleClose = () => {
      const message = "the port closed during the upload; plug the board in again";
      finish(new HostError("runtime", message));
    };
    const handleAbort = () => finish(signal?.reason);
    const timer = setInterval(() => {
      core.handleTimeout(performance.now());
      step();
    }, TICK_MS);
    const finish = (reason: unknown) => {
      clearInterval(timer);
      stream.off("data", handleData);
      stream.off("close", handleClose);
      signal?.removeEventListener("abort", handleAbort);
      if (reason === undefined) resolve();
      else reject(reason);
    };
    stream.on("data", handleData);
    stream.once("close", handleClose);
    signal?.addEventListener("abort", handleAbort);
    if (signal?.aborted === true) handleAbort();
    else step();
  });
}

function fault(core: ReplUpload, files: readonly StorageFile[]): HostError {
  const status = core.status === "running" || core.status === "done" ? "silent" : core.status;
  const names = files.map(({ name }) => name).join(", ");
  const detail = core.complaint === "" ? "" : ` (${core.complaint})`;
  return new HostError("runtime", `cannot upload ${names}: ${FAULTS[status]}${detail}`);
}
