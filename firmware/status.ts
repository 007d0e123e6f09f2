/**
 * Every negative result of the firmware, grouped by whose fault it is. Zero and above mean success
 * (a length, an offset, a count, a token). The names are text on the host only: the device keeps numbers.
 */

// Nothing yet, or nothing there: a result, not a fault.
/** More bytes are needed. */
export const INCOMPLETE = -1;
/** There is no such thing, or none any more. */
export const UNKNOWN = -2;

// The caller's fault.
/** An argument is out of its range. */
export const BAD_ARGUMENT = -10;
/** A topic name or topic filter breaks the rules of MQTT §4.7. */
export const BAD_TOPIC = -11;
/** The client is closing or closed: it takes no new work. */
export const CLOSING = -12;
/** The source of a streamed payload gave up. */
export const SOURCE_FAILED = -13;

// The peer's fault.
/** Bytes that no MQTT packet may have. */
export const MALFORMED = -20;
/** A legal packet at a time or in a role where it must not come. */
export const PROTOCOL_ERROR = -21;
/** CONNACK that refuses, or DISCONNECT from the broker; the code is told apart. */
export const REFUSED = -22;
/** The peer did not answer in time: CONNACK or PINGRESP is overdue. */
export const TIMED_OUT = -23;
/** A topic alias that is 0, above the maximum or without a topic. */
export const BAD_ALIAS = -24;
/** More QoS 1 and 2 messages at one time than Receive Maximum allows. */
export const QUOTA_EXCEEDED = -25;
/** The broker does not offer what the packet needs: its QoS, retained messages, a kind of filter. */
export const UNSUPPORTED = -26;

// A resource is used up.
/** A packet is larger than the buffer for it, or than the broker takes. */
export const TOO_LARGE = -30;
/** The outbox has no room for the packet. */
export const OUTBOX_FULL = -31;
/** A table is full: of subscriptions, of received identifiers, of streams. */
export const TABLE_FULL = -32;
/** A newer publish of the same topic took its place. */
export const REPLACED = -33;
/** The journal has no room: a publish that it cannot keep is not taken. */
export const JOURNAL_FULL = -34;

// The transport's fault.
/** The connection is gone. */
export const TRANSPORT_CLOSED = -40;
/** The transport could not be opened. */
export const TRANSPORT_FAILED = -41;

// The storage's fault.
/** The journal's store could not read, write or erase. */
export const STORE_FAILED = -50;

/** What a poll for a timeout returns when nothing is due, ever. */
export const NEVER = 0x7fffffff;
