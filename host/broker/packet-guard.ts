import type { Socket } from "node:net";
import { PacketSplitter } from "../relay/packet-splitter.js";

/**
 * Ends a socket whose client announces a packet above the limit, before its reader sees the header: the
 * reader would hold whatever comes until the packet is whole.
 *
 * @param handleRefusal is told why
 */
export function guardPackets(
  socket: Socket,
  maximumPacketLength: number,
  handleRefusal: (text: string) => void,
): void {
  const splitter = new PacketSplitter(maximumPacketLength);
  const read = socket.read.bind(socket);
  socket.read = (size?: number) => {
    const chunk: unknown = read(size);
    if (!(chunk instanceof Buffer)) return chunk;
    const fault = findFault(splitter, chunk);
    if (fault === null) return chunk;
    handleRefusal(fault);
    socket.destroy();
    return null;
  };
}

function findFault(splitter: PacketSplitter, chunk: Buffer): string | null {
  for (let at = 0; at < chunk.length; ) {
    const result = splitter.next(chunk, at, chunk.length);
    if (result.kind === "malformed") return result.detail;
    if (result.kind === "too-large") return `packet of ${result.packetLength} bytes`;
    at += result.length;
  }
  return null;
}
