// What a client tells its application, with one number of detail.

/** Of a publish: it waits in the outbox, or its acknowledgement is awaited. An answer, never an event. */
export const PENDING = 0;
/** Of a publish at QoS 0: the transport took it. An answer, never an event. */
export const SENT_OUT = 1;
/** A publish was acknowledged; detail: its token. `reason` is the broker's code: 0x80 and above refuse. */
export const ACKNOWLEDGED = 2;
/** A publish expired before it could be sent; detail: its token. */
export const EXPIRED = 3;
/** A publish was dropped; detail: its token. `reason` is minus the status that says why. */
export const DROPPED = 4;
/** The broker lost the session, and whether it took a QoS 2 publish is not known; detail: its token. */
export const IN_DOUBT = 5;

/** The broker accepted the connection; detail: 1 when it still has the session. */
export const CONNECTED_EVENT = 8;
/**
 * The connection ended or did not come about; detail: a status. `reason` is the code of the CONNACK or
 * DISCONNECT where it is REFUSED.
 */
export const DISCONNECTED_EVENT = 9;
/** The broker granted a subscription; detail: its row. `reason` is the granted QoS. */
export const GRANTED_EVENT = 10;
/** The broker refused a subscription; detail: its row. `reason` is its code. */
export const DENIED_EVENT = 11;
/** A subscription is gone; detail: its row. */
export const REMOVED_EVENT = 12;
/** `close` has done its work; detail: publishes that were not acknowledged. */
export const CLOSED_EVENT = 13;
/**
 * A journal was read; detail: publishes that it held. `reason` is 0, or minus MALFORMED where a part of it
 * was damaged: the broker's session is begun anew then.
 */
export const RESTORED_EVENT = 16;
/** A message was too large to show anything of it: counted and acknowledged; detail: its QoS. */
export const OVERSIZE_EVENT = 14;
/**
 * The broker goes on with an enhanced authentication, and expects `authenticate`, or has ended one;
 * detail: the reason code.
 */
export const AUTHENTICATION_EVENT = 15;
