import { newBuffer } from "../../firmware/platform/espruino/buffer.js";
import { random } from "../../firmware/platform/espruino/random.js";
import type { TcpTransport } from "../../firmware/platform/espruino/tcp-transport.js";
import { newSession } from "../../firmware/session/new-session.js";
import type { ClientHandler, Session } from "../../firmware/session/session.js";

/** The client that is weighed and timed: buffers of 256 bytes and a clean session. */
export function newSmallClient(transport: TcpTransport, handler: ClientHandler): Session {
  "cold";
  const session = newSession(
    {
      clientId: "device",
      keepAliveSeconds: 60,
      cleanSession: true,
      receiveBuffer: newBuffer(256),
      arena: newBuffer(256),
      inFlightWindow: 4,
      inboxCapacity: 4,
      subscriptionCapacity: 2,
      resendsDoubtful: true,
      answerTimeoutMs: 10_000,
      openTimeoutMs: 10_000,
      stableMs: 10_000,
      backoff: { baseMs: 1_000, capMs: 60_000, refusedMs: 600_000 },
    },
    transport,
    handler,
    random,
  );
  transport.session = session;
  return session;
}
