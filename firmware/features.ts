/**
 * What a build carries. A bundle for a small board replaces this file: what is false there leaves no byte
 * behind. As it stands here everything is in.
 */

/** MQTT 5 beside 3.1.1. */
export const V5: boolean = true;
/** QoS 2, both ways. */
export const QOS2: boolean = true;
/** A will in CONNECT. */
export const WILL: boolean = true;
/** Priorities, a limit in messages, and other policies than to refuse when the outbox is full. */
export const POLICIES: boolean = true;
/** Publishes that expire before their first send. */
export const EXPIRY: boolean = true;
/** How each of the last publishes ended can be asked for by its token. */
export const OUTCOMES: boolean = true;
/** Payloads larger than memory, both ways. */
export const STREAMS: boolean = true;
/**
 * What a transport may offer beyond its duty: to write two arrays as one packet, to keep the part of a packet
 * that is not here whole, and one storage for all that it receives. ECMA-419's TCP does.
 */
export const ECMA_IO: boolean = true;
/** A journal that outlives power cuts. */
export const JOURNAL: boolean = true;
/** A length that is none is refused; without this an application must know what it passes. */
export const CHECKS: boolean = true;
/** Counters of what happens with every message; those of drops and faults are always there. */
export const STATISTICS: boolean = true;
