/**
 * Identifiers of QoS 2 messages that were delivered and whose PUBREL is awaited. It outlives the connection: a
 * message that comes again on the next one is answered and not delivered twice. [MQTT-4.3.3-2]
 */
export class Inbox {
  private readonly packetIds: Uint16Array;
  private count = 0;

  /** @param capacity identifiers at one time: at least what the broker keeps in flight */
  constructor(capacity: number) {
    this.packetIds = new Uint16Array(capacity);
  }

  has(packetId: number): boolean {
    return this.indexOf(packetId) < this.count;
  }

  isFull(): boolean {
    return this.count === this.packetIds.length;
  }

  add(packetId: number): void {
    this.packetIds[this.count++] = packetId;
  }

  /** Forgets an identifier, known or not. */
  remove(packetId: number): void {
    const index = this.indexOf(packetId);
    if (index < this.count) this.packetIds[index] = this.packetIds[--this.count];
  }

  clear(): void {
    this.count = 0;
  }

  private indexOf(packetId: number): number {
    let index = 0;
    while (index < this.count && this.packetIds[index] !== packetId) index++;
    return index;
  }
}
