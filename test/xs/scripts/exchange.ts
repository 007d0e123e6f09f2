import host from "host";
import { Alarm, now } from "../../../firmware/platform/xs/clock.js";
import { TOPIC } from "./client-rig.js";
import { Meter } from "./meter.js";
import { OurContestant } from "./our-contestant.js";

// Publishes to a real broker what it subscribes to itself, at each QoS. Arguments: port, messages.

const ADDRESS = "127.0.0.1";
const BURST = 20;
/** Messages on their way: less than the session's table of received identifiers holds. */
const MOST_UNDERWAY = 16;
const WARM_UP = 50;
const TURN_MS = 1;

const port = Number(host.argument(0));
const messages = Number(host.argument(1));
const ours = new OurContestant(ADDRESS, port, { arenaBytes: 2048, inFlightWindow: 16 });

/** One QoS: a few messages to warm up, then the measured ones. */
class Exchange {
  qos = 0;
  private sent = 0;
  private meter: Meter | undefined;

  /** @returns true when the last QoS is done */
  turn(): boolean {
    this.send();
    if (ours.received === WARM_UP && this.sent === WARM_UP && !this.meter) {
      this.meter = new Meter(`exchange.qos${this.qos}`);
    }
    if (ours.received < WARM_UP + messages) return false;
    this.meter?.report(messages);
    this.meter = undefined;
    this.qos++;
    this.sent = 0;
    ours.received = 0;
    return this.qos === 3;
  }

  private send(): void {
    const limit = this.meter ? WARM_UP + messages : WARM_UP;
    for (let i = 0; i < BURST && this.sent < limit; i++) {
      if (this.sent - ours.received >= MOST_UNDERWAY || !ours.publish(this.qos)) return;
      this.sent++;
    }
  }
}

const exchange = new Exchange();

/** A board's turn: its own work, what the client has to do, and the next ring. */
const alarm = new Alarm(() => {
  if (exchange.turn()) host.exit(0);
  ours.client.handleTimeout(now());
  const left = ours.client.pollTimeout(now());
  alarm.set(left < TURN_MS ? left : TURN_MS);
});

ours.onReady = () => ours.subscribe(TOPIC, 2);
ours.onGranted = () => alarm.set(TURN_MS);
