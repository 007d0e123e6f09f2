import { randomBytes } from "node:crypto";
import type { ConnectBroker } from "../broker/connection.js";
import { HostError } from "../error.js";
import type { Log } from "../log.js";
import type { PortOptions, PortProblem, SerialDriver } from "../serial/driver.js";
import { BoardPort } from "../serial/port.js";
import { BoardSession, portProblemText } from "./board-session.js";
import type { BoardSnapshot } from "./snapshot.js";

/** Which ports are relayed, where to, and with what. */
export interface BridgeOptions {
  readonly ports: readonly PortOptions[];
  readonly connect: ConnectBroker;
  readonly driver: SerialDriver;
  readonly log: Log;
  /** Milliseconds, never going back. */
  readonly nowMs: () => number;
  readonly maximumPacketLength?: number;
  readonly pollMs?: number;
}

/** Larger packets close the stream: a header alone may announce 256 MB. */
const MAXIMUM_PACKET_LENGTH = 65_536;

/** The gateway: any number of ports, each with its own board, link and broker connection. */
export class Bridge {
  private readonly sessions: readonly BoardSession[];
  private readonly firstLook = new FirstLook();

  constructor(options: BridgeOptions) {
    this.sessions = options.ports.map((port) => this.createSession(options, port));
  }

  /**
   * Begins with every port.
   *
   * @throws HostError `permission`: the only port may not be opened
   */
  async start(): Promise<void> {
    for (const session of this.sessions) session.start();
    const [only, ...others] = this.sessions;
    if (only === undefined || others.length > 0) return;
    const problem = await this.firstLook.result;
    if (problem?.kind !== "denied") return;
    await this.close();
    throw new HostError("permission", `${only.path}: ${portProblemText(problem)}`);
  }

  snapshot(): BoardSnapshot[] {
    return this.sessions.map((session) => session.snapshot());
  }

  /** The program ends: boards that go from now on are no news. */
  expectEnd(): void {
    for (const session of this.sessions) session.expectEnd();
  }

  /** Ends every stream without a DISCONNECT, so that the broker publishes the wills; closes the ports. */
  async close(): Promise<void> {
    await Promise.all(this.sessions.map((session) => session.close()));
  }

  private createSession(options: BridgeOptions, port: PortOptions): BoardSession {
    const { driver, nowMs, pollMs } = options;
    const session: BoardSession = new BoardSession({
      port: new BoardPort({ ...port, driver, nowMs, ...(pollMs === undefined ? {} : { pollMs }) }),
      connect: options.connect,
      log: options.log,
      nowMs,
      unixMs: Date.now,
      random32: () => randomBytes(4).readUInt32LE(0),
      maximumPacketLength: options.maximumPacketLength ?? MAXIMUM_PACKET_LENGTH,
      holderOf: (identity) => this.claim(identity, session),
      onLook: (problem) => this.firstLook.settle(problem) && options.ports.length === 1,
    });
    return session;
  }

  /** The first live board of a name keeps it; one that is silent yields to a new port. */
  private claim(identity: string, claimant: BoardSession): string | null {
    const others = this.sessions.filter((session) => session !== claimant);
    const holder = others.find((session) => session.holds(identity));
    if (holder !== undefined) return holder.path;
    for (const other of others) other.yieldTo(identity, claimant.path);
    return null;
  }
}

/** What was found when a port was looked at for the first time. */
class FirstLook {
  readonly result: Promise<PortProblem | null>;
  private resolve: (problem: PortProblem | null) => void = () => undefined;
  private isSettled = false;

  constructor() {
    this.result = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }

  /** Returns whether it was the first, and a refusal. */
  settle(problem: PortProblem | null): boolean {
    if (this.isSettled) return false;
    this.isSettled = true;
    this.resolve(problem);
    return problem?.kind === "denied";
  }
}
