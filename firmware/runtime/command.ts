import { Topic } from "../session/topic.js";
import { MAXIMUM_COMMANDS } from "./client-options.js";
import type { Message } from "./message.js";

/** What a board does when it is told to. */
export class Command {
  readonly name: string;
  /** What is subscribed, and what a message must be for. */
  readonly filter: string;
  readonly topic: Topic;
  readonly run: (message: Message) => void;

  /** Throws on a bad name, and on one command too many. */
  constructor(base: string, name: string, index: number, run: (message: Message) => void) {
    if (index >= MAXIMUM_COMMANDS) throw new Error(`command ${name}: at most ${MAXIMUM_COMMANDS}`);
    this.name = name;
    this.filter = `${base}/command/${name}`;
    this.topic = new Topic(this.filter, {});
    this.run = run;
  }
}
