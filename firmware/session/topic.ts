import { EXPIRY, POLICIES, V5 } from "../features.js";
import { PUBLISH, PUBLISH_BYTE, QOS_1, RETAIN } from "../wire/packet-type.js";
import { Properties } from "../wire/properties.js";
import { arePropertiesLegal } from "../wire/properties-fault.js";
import { MESSAGE_EXPIRY_INTERVAL } from "../wire/property-id.js";
import { encodeString, isTopicName } from "../wire/topic.js";
import { RECORD } from "./record.js";

// What becomes of a publish that finds the outbox full.
/** It is refused. */
export const REFUSE = 0;
/** It takes the room of older ones, of its own priority or a lower one, that were not sent yet. */
export const DROP_OLDEST = 1;
/** It takes the place of an older one of the same topic that was not sent yet. */
export const KEEP_LATEST = 2;

/** The largest priority. */
export const URGENT = 3;

/** First byte, Remaining Length and packet identifier. */
const HEADER_LENGTH = 7;
/** [MQTT-4.3.3-7] is about what was sent; an expiry of more than 24 days would overtake the clock. */
const MAXIMUM_EXPIRY_SECONDS = 2_000_000;

/** How to publish to a topic. */
export interface TopicOptions {
  /** 0, 1 or 2; 0 when absent. */
  readonly qos?: number | undefined;
  readonly retain?: boolean | undefined;
  /** 0 to 3; a publish overtakes those of a lower priority that were not sent yet. */
  readonly priority?: number | undefined;
  /** REFUSE, DROP_OLDEST or KEEP_LATEST. */
  readonly whenFull?: number | undefined;
  /** A publish that was not sent by then is dropped; MQTT 5 brokers are told too. For ever when absent. */
  readonly expirySeconds?: number | undefined;
  /** MQTT 5: properties of every publish to this topic. The topic alias is the client's to give. */
  readonly properties?: Properties | undefined;
}

/** A topic name, checked and encoded once, and how to publish to it. */
export class Topic {
  /**
   * What a short PUBLISH at QoS 0 begins with in 3.1.1: first byte, a place for Remaining Length, the name
   * with its length in front.
   */
  readonly head: Uint8Array;
  /** The same in MQTT 5, with the properties. */
  readonly head5: Uint8Array;
  /** Of a topic at QoS 0; of another, more than a short PUBLISH can be. */
  readonly headLength: number;
  readonly headLength5: number;
  /** QoS and RETAIN, as in a PUBLISH's first byte. */
  readonly flags: number;
  /** The most that a publish takes in the outbox beside its payload, in bytes. */
  readonly overhead: number;
  readonly priority: number = 0;
  readonly whenFull: number = REFUSE;
  /** 0: never. */
  readonly expirySeconds: number = 0;
  /** With their length in front. */
  readonly properties: Uint8Array | undefined;
  /** The alias that the client has given it, or 0. */
  alias = 0;

  /** Throws when the name breaks the rules of MQTT §4.7, or an option is out of its range. */
  constructor(name: string, options: TopicOptions) {
    const field = encodeString(name);
    if (!isTopicName(field, 2, field.length - 2)) throw new Error(`bad topic name: ${name}`);
    const qos = options.qos ?? 0;
    if (qos !== 0 && qos !== 1 && qos !== 2) throw new Error(`${name}: QoS must be 0, 1 or 2`);
    this.flags = qos * QOS_1 + (options.retain ? RETAIN : 0);
    if (POLICIES) {
      this.priority = options.priority ?? 0;
      this.whenFull = options.whenFull ?? REFUSE;
      if (!(this.priority >= 0 && this.priority <= URGENT)) {
        throw new Error(`${name}: priority 0 to ${URGENT}`);
      }
    }
    if (EXPIRY) {
      this.expirySeconds = options.expirySeconds ?? 0;
      if (!(this.expirySeconds >= 0 && this.expirySeconds <= MAXIMUM_EXPIRY_SECONDS)) {
        throw new Error(`${name}: expirySeconds 0 to ${MAXIMUM_EXPIRY_SECONDS}`);
      }
    }
    this.head = join(PUBLISH_BYTE | this.flags, field, NO_BYTES);
    this.head5 = this.head;
    this.headLength = qos === 0 ? this.head.length : TOO_LONG;
    this.headLength5 = TOO_LONG;
    this.overhead = RECORD + HEADER_LENGTH + field.length;
    if (!V5) return;
    this.properties = encodeProperties(this.expirySeconds, options.properties);
    if (!arePropertiesLegal(this.properties, PUBLISH)) {
      throw new Error(`${name}: properties that a PUBLISH may not have`);
    }
    this.overhead += this.properties.length;
    if (qos !== 0) return;
    this.head5 = join(PUBLISH_BYTE | this.flags, field, this.properties);
    this.headLength5 = this.head5.length;
  }
}

/** For a short PUBLISH. */
const TOO_LONG = 0xffff;
const NO_BYTES = /* @__PURE__ */ new Uint8Array(0);

function join(firstByte: number, field: Uint8Array, properties: Uint8Array): Uint8Array {
  "cold";
  const head = new Uint8Array(2 + field.length + properties.length);
  head[0] = firstByte;
  head.set(field, 2);
  head.set(properties, 2 + field.length);
  return head;
}

/** The expiry comes first, so that what is left of it can be written in place. */
function encodeProperties(expirySeconds: number, others: Properties | undefined): Uint8Array {
  const properties = new Properties();
  if (expirySeconds > 0) properties.uint32(MESSAGE_EXPIRY_INTERVAL, expirySeconds);
  return properties.all(others).encode();
}
