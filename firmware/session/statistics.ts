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
  /** QoS 1 publishes that the broker acknowledged. */
  acknowledged = 0;
  /** PUBLISH packets received. */
  received = 0;
  /** Received ones larger than the receive buffer: acknowledged, and shown as their beginning. */
  oversize = 0;
  /** Acknowledgements from the broker that match nothing. */
  strayAcknowledgements = 0;
  /** PINGREQ packets sent. */
  pings = 0;
}
