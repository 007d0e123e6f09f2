import { crc32 } from "../../firmware/crc.js";
import { HostError } from "../error.js";

/** One file for a board's Storage. */
export interface StorageFile {
  /** 1 to 28 characters of ASCII. */
  readonly name: string;
  readonly content: Uint8Array;
}

/** Begins a line that the REPL runs without echo. */
const SILENT = "\x10";
/** Stops what runs. */
const INTERRUPT = "\x03";
/** Marks an answer of ours in what the console says. */
const MARK = "MOTE:";
/** Content of a file per line by default: a line fits the smallest receive ring, 256 bytes, whole. */
const CHUNK_BYTES = 96;
/** So often a statement is sent in all: a console loses characters when the board is busy. */
const ATTEMPTS = 8;
const ANSWER_MS = 2_000;
/** Of what the console said the end is kept: an answer, or an error with its stack. */
const TEXT_LENGTH = 2_000;
const FILE_NAME = /^[\x20-\x7e]{1,28}$/;

/** Where the board keeps CHECKED_WRITE during the upload. */
const WRITER = "global.moteUpload";
/** Erases a file before its first piece. A piece that came damaged changes nothing. */
const CHECKED_WRITE =
  "function(n,o,l,d,c){" +
  'if(E.CRC32(n+","+o+","+l+","+d)!=c)return"damaged";' +
  'var s=require("Storage");if(!o)s.erase(n);return s.write(n,atob(d),o,l)}';

/** What became of an upload. */
export type UploadStatus = "running" | "done" | "damaged" | "refused" | "silent";

type Step = "prepare" | "write" | "verify" | "tidy";

/**
 * Writes files into Espruino's Storage through its REPL, without clock and port: one statement at a
 * time, each answered by a line of its own, so that nothing overflows. The board checks each piece
 * before it writes, since what is written cannot be written again, and each file when it is whole.
 */
export class ReplUpload {
  status: UploadStatus = "running";
  /** What the board said to a statement that failed. */
  complaint = "";

  private readonly files: readonly StorageFile[];
  private readonly chunkBytes: number;
  private step: Step = "prepare";
  private file = 0;
  private offset = 0;
  private text = "";
  /** Counts statements: an answer belongs to the one of its number. */
  private serial = 0;
  private attempts = 0;
  private isDue = true;
  private dueAt = 0;
  /** Something else runs, or an unfinished line waits for its end. */
  private isStuck = true;

  /**
   * @param chunkBytes content per line; its line has 4/3 of that and 100 characters more
   * @throws HostError `usage`: a name that Storage does not take, or an empty file
   */
  constructor(files: readonly StorageFile[], chunkBytes = CHUNK_BYTES) {
    for (const { name, content } of files) {
      if (!FILE_NAME.test(name) || content.length === 0) {
        const needs = "Storage wants 1 to 28 characters of ASCII, and a byte at least";
        throw new HostError("usage", `cannot upload a file "${name}": ${needs}`);
      }
    }
    this.files = files;
    this.chunkBytes = chunkBytes;
    if (files.length === 0) this.status = "done";
  }

  /** The text to send now, or none: then an answer is awaited. */
  pollTransmit(now: number): string {
    if (this.status !== "running" || !this.isDue) return "";
    this.isDue = false;
    this.dueAt = now + ANSWER_MS;
    this.text = "";
    const stop = this.isStuck ? `${INTERRUPT}\n` : "";
    this.isStuck = false;
    return `${stop}${SILENT}print("${MARK}${this.serial}:"+(${this.statement()}))\n`;
  }

  /** Takes what the console says. */
  handleText(text: string): void {
    if (this.status !== "running" || this.isDue) return;
    // An echoed statement holds the mark too, but followed by a quote, never by a line's end.
    this.text = (this.text + text).slice(-TEXT_LENGTH);
    const answer = new RegExp(`${MARK}${this.serial}:([\\w.-]+)[\\r\\n]`).exec(this.text);
    if (answer !== null) this.handleAnswer(answer[1] ?? "");
    else if (/Uncaught .*[\r\n]/.test(this.text)) this.retry("refused");
  }

  /** Does what time asks for; spurious calls do nothing. */
  handleTimeout(now: number): void {
    if (this.status !== "running" || this.isDue || now < this.dueAt) return;
    this.isStuck = true;
    this.retry("silent");
  }

  /** When `handleTimeout` is due. */
  pollTimeout(): number {
    return this.status === "running" ? this.dueAt : Number.POSITIVE_INFINITY;
  }

  /** An expression that does the next step and may be done twice. */
  private statement(): string {
    const { name, content } = this.current();
    const quoted = JSON.stringify(name);
    switch (this.step) {
      case "prepare":
        return `${WRITER}=${CHECKED_WRITE},"ready"`;
      case "tidy":
        return `delete ${WRITER},"ready"`;
      case "verify":
        return `E.CRC32(require("Storage").read(${quoted}))`;
      case "write": {
        const end = Math.min(this.offset + this.chunkBytes, content.length);
        const data = Buffer.from(content.subarray(this.offset, end)).toString("base64");
        const place = `${this.offset},${content.length}`;
        const checksum = checksumOf(Buffer.from(`${name},${place},${data}`));
        return `${WRITER}(${quoted},${place},"${data}",${checksum})`;
      }
    }
  }

  private retry(status: UploadStatus): void {
    this.attempts++;
    this.isDue = true;
    if (this.attempts === ATTEMPTS) this.end(status, this.text.trim());
  }

  private handleAnswer(answer: string): void {
    if (answer === "damaged") {
      this.retry("damaged");
      return;
    }
    this.serial++;
    this.attempts = 0;
    this.isDue = true;
    if (this.step === "prepare") this.step = "write";
    else if (this.step === "write") this.handleWritten(answer);
    else if (this.step === "verify") this.handleChecksum(Number(answer));
    else this.end("done", "");
  }

  private handleWritten(answer: string): void {
    if (answer !== "true") {
      this.end("refused", "Storage is full");
      return;
    }
    const { content } = this.current();
    this.offset = Math.min(this.offset + this.chunkBytes, content.length);
    if (this.offset === content.length) this.step = "verify";
  }

  private handleChecksum(checksum: number): void {
    if (checksum !== checksumOf(this.current().content)) {
      this.end("damaged", "");
      return;
    }
    this.offset = 0;
    this.file++;
    this.step = this.file === this.files.length ? "tidy" : "write";
  }

  private current(): StorageFile {
    return this.files[this.file] ?? { name: "", content: new Uint8Array(0) };
  }

  private end(status: UploadStatus, complaint: string): void {
    this.status = status;
    this.complaint = complaint;
  }
}

/** As Espruino's `E.CRC32` prints it. */
function checksumOf(bytes: Uint8Array): number {
  return crc32(bytes, 0, bytes.length) >>> 0;
}
