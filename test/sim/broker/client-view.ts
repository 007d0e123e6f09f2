import type { Due, Expected } from "./expected.js";
import type { RuleName, Version } from "./rules.js";

/** A PUBLISH of QoS 1 or 2 that the client wrote whole and must hold for unacknowledged. */
interface Sent {
  readonly id: number;
  readonly qos: number;
  /** Empty when it was an alias that nobody knows any more. */
  readonly topic: string;
  readonly payload: string;
  /** PUBREC reached the client: the turn of PUBREL. */
  isRecorded: boolean;
  /** PUBREL reached the broker. */
  isReleased: boolean;
  /** The connection on which it came last. */
  connection: number;
}

/** A PUBLISH of a session that the broker lost. */
interface Earlier {
  readonly sent: Sent;
  /** With DUP: 3.1.1 leaves it open, 5 forbids it where the client knows of the loss. */
  readonly mayResend: boolean;
  /** One behind it was resent on this connection. */
  isPassed: boolean;
}

export interface Publication {
  readonly id: number;
  readonly qos: number;
  readonly dup: boolean;
  readonly topic: string;
  readonly payload: Uint8Array;
}

/** The session of a connection: found by the broker, not found, or not wanted by the client. */
export type Start = "resumed" | "lost" | "clean";

/**
 * What a client that goes by the standard knows of its own publishes: which it must resend and how. It
 * outlives connections, sessions and the broker, since it is the client's memory, not the broker's.
 */
export class ClientView {
  private sent: Sent[] = [];
  private earlier: Earlier[] = [];
  private done = new Map<number, Sent>();
  /** PUBLISHes written in part: whether they are resent with DUP is the client's choice. */
  private partial = 0;
  /** The client lost its memory but for a journal: it may know less than it did. */
  private isVague = false;
  private connection = 0;
  /** A CONNACK that said that the session is lost did not reach the client. */
  private isUncertain = false;

  /**
   * Sent on this connection and unacknowledged.
   *
   * @param countsEarlier whether what is released, and was sent on an earlier one, counts as well
   * @param except        identifier that does not count
   */
  outstanding(countsEarlier: boolean, except: number): number {
    return this.sent.filter(({ id, connection, isRecorded }) => {
      const isCounted = connection === this.connection || (countsEarlier && isRecorded);
      return isCounted && id !== except;
    }).length;
  }

  /**
   * A connection begins.
   *
   * @param start    what CONNACK says of the session, or that the client itself started clean
   * @param expected gets what the client must send again
   * @returns to be called when CONNACK has reached the client, with the broker's milliseconds
   */
  begin(start: Start, version: Version, expected: Expected): (at: number) => void {
    this.connection++;
    for (const one of this.earlier) one.isPassed = false;
    if (start === "clean") this.loseSession(version);
    const isCertain = start === "resumed" && !this.isUncertain;
    // Until CONNACK is there the client does not know that its session is lost, nor may it ever: the
    // next connection then finds the new one present.
    if (start === "lost") this.isUncertain = true;
    const dues = isCertain ? this.expectResends(expected) : [];
    return (at) => {
      for (const due of dues) due.since = at;
      if (start === "lost") this.loseSession(version);
      else if (start === "resumed" && this.isUncertain) this.loseSession(4);
      this.isUncertain = false;
    };
  }

  /** The client restarted from its journal. */
  restarted(): void {
    this.isVague = true;
  }

  /** It was written whole and never came. */
  lost({ id, qos, topic, payload }: Publication): void {
    if (this.find(id) !== undefined) return;
    this.sent.push(toSent(id, qos, topic, payload, this.connection));
  }

  /** The first bytes of a PUBLISH were written, and the rest was not. */
  lostInPart(): void {
    this.partial++;
  }

  hasId(id: number): boolean {
    return this.find(id) !== undefined;
  }

  /** A PUBLISH came. @returns the rules that it breaks */
  published(packet: Publication, expected: Expected): RuleName[] {
    const broken = packet.dup ? this.resent(packet, expected) : this.sentFirst(packet, expected);
    const known = this.find(packet.id);
    if (known !== undefined && isSame(known, packet)) {
      known.connection = this.connection;
      return broken;
    }
    const { id, qos, topic, payload } = packet;
    const fresh = toSent(id, qos, topic, payload, this.connection);
    if (known === undefined) this.sent.push(fresh);
    else this.sent[this.sent.indexOf(known)] = fresh;
    return broken;
  }

  /** PUBREL came that no PUBREC of this connection asked for. */
  releaseFault(id: number): RuleName | undefined {
    const known = this.find(id);
    if (known?.isRecorded) return "resentTwice";
    const isEarlier = this.earlier.some(({ sent, mayResend }) => mayResend && sent.id === id);
    const isAllowed = this.isVague || isEarlier;
    return isAllowed ? undefined : "unasked";
  }

  /** PUBREL came. */
  released(id: number): void {
    const known = this.find(id);
    if (known !== undefined) known.isReleased = true;
  }

  /** PUBREC reached the client. */
  recorded(id: number): void {
    const known = this.find(id);
    if (known === undefined) return;
    known.isRecorded = true;
    // PUBRELs are resent in the order of the PUBRECs. [MQTT-4.6.0-4]
    this.sent = [...this.sent.filter((one) => one !== known), known];
  }

  /** PUBACK, PUBCOMP or a PUBREC that refuses reached the client. */
  acknowledged(id: number): void {
    const known = this.find(id);
    if (known === undefined) return;
    this.sent = this.sent.filter((one) => one !== known);
    this.done.set(id, known);
  }

  private expectResends(expected: Expected): Due[] {
    const recorded = this.sent.filter((one) => one.isRecorded);
    return [
      ...this.sent.filter((one) => !one.isRecorded).map(({ id }) => expected.expect("publish", id)),
      ...recorded.map(({ id }) => expected.expect("pubrel", id)),
    ];
  }

  /** @param version 5 forbids to resend into the new session, 3.1.1 does not */
  private loseSession(version: Version): void {
    const mayResend = version === 4;
    const lost = this.sent.map((sent) => ({ sent, mayResend, isPassed: false }));
    this.earlier.push(...lost);
    this.sent = [];
    this.done.clear();
    if (version === 5) this.partial = 0;
  }

  private sentFirst(packet: Publication, expected: Expected): RuleName[] {
    const known = this.find(packet.id);
    if (known !== undefined) {
      expected.answer("publish", packet.id);
      return [isSame(known, packet) ? "resendWithoutDup" : "idInUse"];
    }
    // New publishes stand behind the resends: what comes now the client remembers, and the rest it does not.
    if (this.isVague) expected.forget("publish");
    this.isVague = false;
    return expected.has("publish") ? ["newBeforeResend"] : [];
  }

  private resent(packet: Publication, expected: Expected): RuleName[] {
    const known = this.find(packet.id);
    if (known === undefined) return this.resentUnknown(packet);
    const answer = expected.answer("publish", packet.id);
    if (!isSame(known, packet)) return ["resendChanged"];
    if (known.isRecorded && !(this.isVague && !known.isReleased)) return ["publishAfterPubrec"];
    if (known.isRecorded) {
      known.isRecorded = false;
      expected.forget("pubrel", packet.id);
    }
    if (known.connection === this.connection) return ["resentTwice"];
    return answer === "early" && !this.isVague ? ["resendOrder"] : [];
  }

  private resentUnknown(packet: Publication): RuleName[] {
    const earlier = this.earlier.find(({ sent }) => sent.id === packet.id && isSame(sent, packet));
    if (earlier !== undefined) return this.resentEarlier(earlier);
    if (this.isVague) return [];
    const done = this.done.get(packet.id);
    if (done !== undefined && isSame(done, packet)) return ["resentDone"];
    if (this.partial > 0) {
      this.partial--;
      return [];
    }
    return [packet.qos === 1 ? "dupAtFirstQos1" : "dupAtFirstQos2"];
  }

  private resentEarlier(earlier: Earlier): RuleName[] {
    const index = this.earlier.indexOf(earlier);
    this.earlier.splice(index, 1);
    for (const one of this.earlier.slice(0, index)) one.isPassed = true;
    if (!earlier.mayResend && !this.isVague) return ["resentInNewSession"];
    return earlier.isPassed ? ["resendOrder"] : [];
  }

  private find(id: number): Sent | undefined {
    return this.sent.find((one) => one.id === id);
  }
}

function toSent(
  id: number,
  qos: number,
  topic: string,
  payload: Uint8Array,
  connection: number,
): Sent {
  const text = Buffer.from(payload).toString("hex");
  return { id, qos, topic, payload: text, isRecorded: false, isReleased: false, connection };
}

function isSame(known: Sent, packet: Publication): boolean {
  const isSameTopic = known.topic === "" || known.topic === packet.topic;
  const payload = Buffer.from(packet.payload).toString("hex");
  return isSameTopic && known.qos === packet.qos && known.payload === payload;
}
