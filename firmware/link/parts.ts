import { DEADLINE_KINDS } from "./deadlines.js";
import { Deframer } from "./deframer.js";
import { Greeter } from "./greeter.js";
import { Heartbeat } from "./heartbeat.js";
import { Incoming } from "./incoming.js";
import { LinkMemory } from "./memory.js";
import type { LinkOptions } from "./options.js";
import { Outgoing } from "./outgoing.js";
import { LinkSession } from "./session.js";
import { SpeedAgreement } from "./speed.js";
import type { LinkStatistics } from "./statistics.js";
import { Timers } from "./timers.js";
import { Transmitter } from "./transmitter.js";

/** What one end of a link consists of, put together. */
export class LinkParts {
  readonly memory: LinkMemory;
  readonly timers = new Timers(DEADLINE_KINDS);
  readonly session: LinkSession;
  readonly deframer: Deframer;
  readonly outgoing: Outgoing;
  readonly incoming: Incoming;
  readonly transmitter: Transmitter;
  readonly heartbeat: Heartbeat;
  readonly agreement: SpeedAgreement;
  readonly greeter: Greeter;

  /** @throws RangeError when an option is out of its range */
  constructor(options: LinkOptions, statistics: LinkStatistics) {
    const memory = new LinkMemory(options);
    const timers = this.timers;
    const session = new LinkSession(options, statistics);
    const outgoing = new Outgoing(options, memory, statistics);
    const incoming = new Incoming(options, memory, statistics);
    const heartbeat = new Heartbeat(options.role, session, outgoing, timers);
    const transmitter = new Transmitter(memory, session, outgoing, incoming, timers, statistics);
    const agreement = new SpeedAgreement(session, transmitter, timers, statistics);
    this.deframer = new Deframer(options, memory, statistics);
    this.greeter = new Greeter(
      session,
      outgoing,
      incoming,
      transmitter,
      heartbeat,
      agreement,
      timers,
      statistics,
    );
    this.memory = memory;
    this.session = session;
    this.outgoing = outgoing;
    this.incoming = incoming;
    this.heartbeat = heartbeat;
    this.transmitter = transmitter;
    this.agreement = agreement;
  }
}
