/** What a session has counted since it was made. Whole numbers that only grow. */
export class SessionStatistics {
  /** Publishes taken into the outbox. */
  published = 0;
  /** Publishes refused: the outbox was full, the packet too large, or the client closing. */
  refused = 0;
  /** PUBLISH packets written whole, resends included. */
  sent = 0;
  /** PUBLISH packets written again after a connection was lost. */
  resent = 0;
  /** QoS 1 and 2 publishes that the broker acknowledged. */
  acknowledged = 0;
  /** QoS 2 publishes of which it is not known whether the broker has them. */
  inDoubt = 0;
  /** PUBLISH packets received, repeated ones included. */
  received = 0;
  /** QoS 2 messages that came again and were not delivered again. */
  repeated = 0;
  /** Received ones larger than the receive buffer: acknowledged, and shown as their beginning. */
  oversize = 0;
  /** Acknowledgements from the broker that match nothing. */
  strayAcknowledgements = 0;
  /** PINGREQ packets sent. */
  pings = 0;
}
