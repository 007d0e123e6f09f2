import { ClientView } from "./client-view.js";
import type { Connection } from "./connection.js";
import type { DueKind } from "./expected.js";
import { type BrokerOptions, defaultOptions, type PublishProperties } from "./options.js";
import { RULES, type RuleName } from "./rules.js";
import { type Delivery, Session } from "./session.js";

/** A message as the broker's subscribers see it. */
export interface Message {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly properties: PublishProperties;
}

/** A message that came from a client, or that is its will. */
export interface Received extends Message {
  readonly clientId: string;
  readonly dup: boolean;
  readonly isWill: boolean;
  /** In the broker's milliseconds. */
  readonly at: number;
}

/** What is kept for new subscribers. */
export interface Retained extends Message {
  readonly expiresAt: number;
}

/** All that the broker knows; the files beside this one act on it. */
export class BrokerState {
  options: BrokerOptions;
  /** What clients did against the standard: statement, what, who. */
  readonly violations: string[] = [];
  /** What came from clients, once for each time that subscribers see it, in order. */
  readonly received: Received[] = [];
  /** Messages to clients, in the order in which they were published. */
  readonly deliveries: Delivery[] = [];
  /** Packets both ways, one line each. */
  readonly transcript: string[] = [];
  readonly sessions = new Map<string, Session>();
  readonly retained = new Map<string, Retained>();
  /** Open or just closed: those that `tick` looks after. */
  connections: Connection[] = [];
  /** Milliseconds since the first call; never wraps. */
  at = 0;
  private readonly views = new Map<string, ClientView>();
  private lastNow: number | undefined;

  constructor(options: Partial<BrokerOptions>) {
    this.options = { ...defaultOptions(), ...options };
  }

  /** @param now 32-bit milliseconds that may wrap */
  sync(now: number): void {
    this.at += (now - (this.lastNow ?? now)) >>> 0;
    this.lastNow = now;
  }

  violate(connection: Connection, rule: RuleName, detail = ""): void {
    const { v4, v5, text } = RULES[rule];
    const statement = connection.version === 5 ? v5 : v4;
    const who = connection.connect?.clientId ?? connection.name;
    this.violations.push(`${statement} ${text} (${who}${detail === "" ? "" : `: ${detail}`})`);
    this.transcript.push(`${connection.name} ! ${statement} ${text}`);
  }

  viewOf(clientId: string): ClientView {
    const view = this.views.get(clientId) ?? new ClientView();
    this.views.set(clientId, view);
    return view;
  }

  newSession(clientId: string): Session {
    const session = new Session(clientId, this.options.firstPacketId);
    this.sessions.set(clientId, session);
    return session;
  }

  connectionOf(clientId: string): Connection | undefined {
    return this.connections.find(
      (one) => one.phase === "connected" && one.session?.clientId === clientId,
    );
  }

  /** The client owes an answer from the moment at which it has the packet that asks for it. */
  expect(connection: Connection, kind: DueKind, id: number): () => void {
    const due = connection.expected.expect(kind, id);
    return () => {
      due.since = this.at;
    };
  }
}
