import type { Socket } from "node:net";
import { Duplex } from "node:stream";

/** One end of a connection that never leaves the process. */
class MemorySocket extends Duplex {
  peer: MemorySocket | undefined;
  private wanted: (() => void) | undefined;

  override _read(): void {
    const wanted = this.wanted;
    this.wanted = undefined;
    wanted?.();
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    const peer = this.peer;
    if (!peer || peer.destroyed || peer.push(chunk)) done();
    else peer.wanted = done;
  }

  override _final(done: () => void): void {
    this.peer?.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const peer = this.peer;
    this.peer = undefined;
    if (peer && !peer.destroyed) peer.destroy();
    done(error);
  }
}

/** Two ends: what one writes the other reads, and each notices when the other goes. */
export function memorySockets(): [Socket, Socket] {
  const [one, other] = [new MemorySocket(), new MemorySocket()];
  one.peer = other;
  other.peer = one;
  // A test stands in for the network here: only the stream side of a socket is used.
  return [one as unknown as Socket, other as unknown as Socket];
}
