import { now } from "../../firmware/platform/espruino/clock.js";
import {
  newTcpTransport,
  type TcpTransport,
} from "../../firmware/platform/espruino/tcp-transport.js";
import { start } from "../../firmware/session/connection.js";
import { CONNECTED, type Session } from "../../firmware/session/session.js";
import { Topic } from "../../firmware/session/topic.js";
import { newSmallClient } from "./small-client.js";

// The client as a module, for the program that times it: `publish` as it stands, and what it needs.

export { publish } from "../../firmware/session/publish.js";

let transport: TcpTransport;

function ignore(): void {
  // The application costs the same with every client.
}

/** Connects. @returns the session, for `publish` */
export function connect(port: number): Session {
  "cold";
  transport = newTcpTransport("127.0.0.1", port);
  const session = newSmallClient(transport, { onEvent: ignore, onMessage: ignore });
  start(session, now());
  return session;
}

/** The socket of a session that is connected. */
export function socketOf(session: Session): TcpTransport["socket"] {
  "cold";
  return session.phase === CONNECTED ? transport.socket : undefined;
}

export function newTopic(name: string): Topic {
  "cold";
  return new Topic(name, {});
}
