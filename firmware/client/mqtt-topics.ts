import { equalBytes } from "../bytes.js";
import { Topic } from "../session/topic.js";
import { BAD_TOPIC } from "../status.js";
import { QOS_1, RETAIN } from "../wire/packet-type.js";
import { decodeText } from "../wire/text.js";
import { encodeString, isTopicName } from "../wire/topic.js";

/** Topics that are kept, either way. */
const CAPACITY = 8;

/**
 * The last topics in both forms, text and bytes, so that one that comes again allocates nothing. A new one
 * takes the place of the one that was kept longest.
 */
export class MqttTopics {
  private readonly names: string[] = [];
  private readonly topics: Topic[] = [];
  private readonly texts: string[] = [];
  private readonly encoded: Uint8Array[] = [];
  private nextTopic = 0;
  private nextText = 0;

  /** @returns how to publish to a topic, or BAD_TOPIC */
  find(name: string, qos: number, retain: boolean): Topic | typeof BAD_TOPIC {
    const flags = qos * QOS_1 + (retain ? RETAIN : 0);
    for (let i = 0; i < this.names.length; i++) {
      if (this.names[i] === name && this.topics[i].flags === flags) return this.topics[i];
    }
    const bytes = encodeString(name);
    if (!isTopicName(bytes, 2, bytes.length - 2)) return BAD_TOPIC;
    const topic = new Topic(name, { qos, retain });
    const row = this.nextTopic;
    this.nextTopic = (row + 1) % CAPACITY;
    this.names[row] = name;
    this.topics[row] = topic;
    return topic;
  }

  /** The text of a received topic. */
  textOf(bytes: Uint8Array, offset: number, length: number): string {
    for (let i = 0; i < this.encoded.length; i++) {
      const known = this.encoded[i];
      if (known.length === length && equalBytes(known, 0, bytes, offset, length)) {
        return this.texts[i];
      }
    }
    const row = this.nextText;
    this.nextText = (row + 1) % CAPACITY;
    this.texts[row] = decodeText(bytes, offset, length);
    this.encoded[row] = bytes.slice(offset, offset + length);
    return this.texts[row];
  }
}
