// What travels on the channel CONTROL: messages of one frame, first byte the opcode, second the number of
// the stream, which the board chooses, so that a late answer to an earlier stream is recognised.

/** Board → host, 2 bytes: connect the channel MQTT to a broker; replaces any stream before. */
export const STREAM_OPEN = 0x01;
/** Board → host, 2 bytes: end the stream. */
export const STREAM_CLOSE = 0x02;
/** Host → board, 2 bytes: the broker is connected; the channel MQTT carries the stream from here on. */
export const STREAM_OPENED = 0x81;
/** Host → board, 3 bytes: the stream has ended; the third byte is the reason. */
export const STREAM_CLOSED = 0x82;
/** Host → board, 8 bytes: milliseconds since 1970 in UTC, in the last six; the second byte is 0. After each UP. */
export const TIME = 0x83;

/** The broker closed the connection. */
export const REASON_BROKER_CLOSED = 0;
/** The broker cannot be reached, and the gateway gave up. */
export const REASON_NOT_REACHABLE = 1;
/** A rule of the gateway forbids it. */
export const REASON_REFUSED = 2;
/** A packet was larger than the gateway takes. */
export const REASON_TOO_LARGE = 3;
/** A packet was malformed. */
export const REASON_MALFORMED = 4;
/** The gateway stops. */
export const REASON_STOPPING = 5;
