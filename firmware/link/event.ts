// What `Link.pollEvent` tells.

/** No event waits. */
export const NOTHING = 0;
/** A new session is open: everything of an earlier one is void. On the host `identity` tells who it is. */
export const UP = 1;
/** The same session goes on after DOWN, and nothing was lost. */
export const RESUMED = 2;
/** The peer is silent, has restarted, or the port is gone; the session may still be resumed. */
export const DOWN = 3;
/** The next bytes of a channel: `channel`, `first`, `last` and `bytes[offset…]`, `length` of them. */
export const DATA = 4;
/** Text from outside of frames: `bytes[offset…]`, `length` of them. */
export const TEXT = 5;
/** A datagram: `channel` and `bytes[offset…]`, `length` of them. */
export const DATAGRAM = 6;
/** A whole frame of Improv Serial from outside of frames, from its first letter to its checksum: as TEXT. */
export const IMPROV = 7;
/** The port is to change to `speed` baud once what was written to it has left. */
export const SPEED = 8;
