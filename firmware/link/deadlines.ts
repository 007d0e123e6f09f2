// What can be due on a link.

/** An acknowledgement that found no frame to ride on must go out alone. */
export const ACKNOWLEDGE_DEADLINE = 0;
/** The oldest unacknowledged frame is overdue: the peer is asked. */
export const OVERDUE_DEADLINE = 1;
/** The board greets again. */
export const HELLO_DEADLINE = 2;
/** Ask the peer for a sign of life, or for credit. */
export const PING_DEADLINE = 3;
/** The peer has been silent for too long. */
export const SILENCE_DEADLINE = 4;
/** A run of bytes without an end is judged as it stands. */
export const RUN_DEADLINE = 5;
/** The next step of an agreement on the line's speed. */
export const SPEED_DEADLINE = 6;
/** How many kinds there are. */
export const DEADLINE_KINDS = 7;
