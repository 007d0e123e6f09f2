/** A client under measurement, over the TCP class of the host. */
export interface Contestant {
  /** Called once, when CONNACK has come. */
  onReady: () => void;
  /** Messages received so far. */
  received: number;
  /** QoS 1 publishes acknowledged so far. */
  acknowledged: number;
  /** The next publishes are of one turn of the loop. */
  beginTurn(): void;
  /** Publishes the message of all measurements. @returns false: not now */
  publish(qos: number): boolean;
  subscribe(filter: string, qos: number): void;
}
