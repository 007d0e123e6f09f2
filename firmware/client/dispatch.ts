import { TABLE_FULL } from "../status.js";
import type { Filter } from "../wire/filter.js";

/** What runs for each message whose topic matches a filter; the message is valid during the call. */
export type MessageHandler<Message> = (message: Message, now: number) => void;

/** Hands each message to those who asked for its topic. */
export class Dispatcher<Message> {
  /** Messages whose topic matched no filter. */
  unmatched = 0;

  private readonly filters: Filter[] = [];
  private readonly handlers: MessageHandler<Message>[] = [];
  private readonly capacity: number;

  /** @param capacity filters that may be added. */
  constructor(capacity: number) {
    this.capacity = capacity;
  }

  /** Adds a handler, for start-up. @returns how many there were before, or TABLE_FULL */
  add(filter: Filter, handler: MessageHandler<Message>): number {
    const count = this.filters.length;
    if (count === this.capacity) return TABLE_FULL;
    this.filters.push(filter);
    this.handlers.push(handler);
    return count;
  }

  /**
   * Runs every handler whose filter matches, in the order in which they were added; one that is added
   * meanwhile waits for the next message.
   *
   * @param bytes of the topic name, with `offset` and `length`
   * @returns how many ran
   */
  dispatch(
    bytes: Uint8Array,
    offset: number,
    length: number,
    message: Message,
    now: number,
  ): number {
    const handlers = this.handlers;
    const count = handlers.length;
    let ran = 0;
    for (let i = 0; i < count; i++) {
      if (!this.filters[i].matches(bytes, offset, length)) continue;
      handlers[i](message, now);
      ran++;
    }
    if (ran === 0) this.unmatched++;
    return ran;
  }
}
