import { Filter } from "../wire/filter.js";
import { isTopicName } from "../wire/topic.js";
import { MAXIMUM_COMMANDS } from "./client-options.js";

/** What a board can be told to do. */
export class Command {
  readonly name: string;
  /** What is subscribed. */
  readonly text: string;
  /** What a message must be for. */
  readonly filter: Filter;

  /** Throws on a bad name, and on one command too many. */
  constructor(base: string, name: string, index: number) {
    if (index >= MAXIMUM_COMMANDS) throw new Error(`command ${name}: at most ${MAXIMUM_COMMANDS}`);
    this.name = name;
    this.text = `${base}/command/${name}`;
    this.filter = new Filter(this.text);
    const bytes = this.filter.bytes;
    if (!isTopicName(bytes, 0, bytes.length)) throw new Error(`command ${name}: no wildcards`);
  }
}
