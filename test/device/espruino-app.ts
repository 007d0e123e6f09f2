import { now } from "../../firmware/platform/espruino/clock.js";
import { newTcpTransport } from "../../firmware/platform/espruino/tcp-transport.js";
import { start } from "../../firmware/session/connection.js";
import { publish } from "../../firmware/session/publish.js";
import type { Session } from "../../firmware/session/session.js";
import { want } from "../../firmware/session/subscriptions.js";
import { handleTimeout } from "../../firmware/session/timeouts.js";
import { Topic } from "../../firmware/session/topic.js";
import type { BoardGlobals } from "./board-globals.js";
import { newSmallClient } from "./small-client.js";

// An application as small as one can be, bundled with the client and weighed with it. It runs when it is
// loaded, and answers messages on its topic with messages on its topic while the device run wants it.

declare const global: BoardGlobals;
declare function setInterval(run: () => void, ms: number): void;
declare function print(text: string): void;

const TICK_MS = 500;
const NAME = "a/b";

let session: Session;
let topic: Topic;
let payload: Uint8Array;

function say(): void {
  if (publish(session, topic, payload, payload.length, now()) < 0) print("Uncaught: refused");
}

function onMessage(): void {
  if (global.moteLeft-- > 0) say();
}

function onEvent(kind: number, detail: number): void {
  print(`MOTE event.${kind} ${detail}`);
}

function tick(): void {
  handleTimeout(session, now());
  if (global.moteGo === 1) say();
  global.moteGo = 0;
}

function begin(): void {
  "cold";
  const transport = newTcpTransport("127.0.0.1", global.motePort);
  session = newSmallClient(transport, { onEvent, onMessage });
  topic = new Topic(NAME, { qos: global.moteQos });
  payload = new Uint8Array(5);
  want(session, NAME, global.moteQos, 0);
  start(session, now());
  setInterval(tick, TICK_MS);
}

begin();
