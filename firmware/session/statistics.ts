/** What a session has counted since it was made. Whole numbers that only grow. */
export interface Statistics {
  /** Publishes refused: no room, too large, closing, or not what the broker offers. */
  refused: number;
  /** Publishes dropped from the outbox: to make room, or because the broker cannot take them. */
  dropped: number;
  /** Publishes that expired in the outbox. */
  expired: number;
  /** QoS 2 publishes of which it is not known whether the broker has them. */
  inDoubt: number;
  /** PUBLISH packets written again after a connection was lost. */
  resent: number;
  /** QoS 2 messages that came again and were not delivered again. */
  repeated: number;
  /** Received messages larger than the receive buffer: acknowledged, and shown as their beginning. */
  oversize: number;
  /** Acknowledgements from the broker that match nothing. */
  strayAcknowledgements: number;
  /** QoS 2 messages left unanswered for want of a place in the table; the broker sends them again. */
  postponed: number;
  /** Times that a connection was lost or did not come about. */
  failures: number;
  /** Times that another client took the client identifier over, or seems to have. */
  takenOver: number;
  /** PINGREQ packets sent. */
  pings: number;

  // These count with every message, and only where STATISTICS is on.
  /** QoS 1 and 2 publishes that the broker acknowledged. */
  acknowledged: number;
  /** PUBLISH packets received, repeated ones included. */
  received: number;
}

export function newStatistics(): Statistics {
  "cold";
  return {
    refused: 0,
    dropped: 0,
    expired: 0,
    inDoubt: 0,
    resent: 0,
    repeated: 0,
    oversize: 0,
    strayAcknowledgements: 0,
    postponed: 0,
    failures: 0,
    takenOver: 0,
    pings: 0,
    acknowledged: 0,
    received: 0,
  };
}
