import type { TunnelLink } from "../../../host/relay/tunnel-options.js";

/** A link to a board that takes what it is given, or as much as the script allows. */
export class ScriptedLink implements TunnelLink {
  /** Bytes the window still has room for. */
  window = Number.POSITIVE_INFINITY;
  /** The largest frame. */
  frame = 64;
  accepting = true;
  readonly control: number[][] = [];
  readonly packets: Buffer[] = [];
  private part: Buffer[] = [];

  send(
    channel: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    first: boolean,
    last: boolean,
  ): number {
    const taken = Math.min(length, this.frame, this.window);
    if (taken === 0) return 0;
    this.window -= taken;
    const run = Buffer.from(bytes.subarray(offset, offset + taken));
    if (channel === 0) this.control.push([...run]);
    else this.takeRun(run, first, last && taken === length);
    return taken;
  }

  setAccepting(accepting: boolean): void {
    this.accepting = accepting;
  }

  private takeRun(run: Buffer, first: boolean, last: boolean): void {
    if (first !== (this.part.length === 0)) throw new Error("first flag in the wrong place");
    this.part.push(run);
    if (!last) return;
    this.packets.push(Buffer.concat(this.part));
    this.part = [];
  }
}
