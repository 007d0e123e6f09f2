import { writeDecimal } from "../payload/decimal.js";
import { Topic } from "../session/topic.js";

export interface SensorOptions {
  /** Milliseconds between readings, 1 up to 2^31 - 1. */
  readonly everyMs: number;
  /** Digits behind the point, 0 to 9; 2 when absent. */
  readonly decimals?: number;
}

/** First levels below a board's base that no sensor may take. */
const RESERVED = ["status", "command", "setting", "diagnostics"];

/** One quantity that is read on a schedule. */
export class Sensor {
  readonly topic: Topic;
  /** When the next reading is due. */
  dueAt = 0;

  private readonly everyMs: number;
  private readonly decimals: number;
  private readonly readValue: () => number;

  /**
   * Throws on a bad name or option.
   *
   * @param read returns the reading, NaN when there is none
   */
  constructor(base: string, name: string, options: SensorOptions, read: () => number) {
    const topic = `${base}/${name}`;
    if (name === "") throw new Error("sensor: a name is needed");
    if (RESERVED.indexOf(name.split("/")[0]) >= 0) {
      throw new Error(`sensor ${topic}: ${RESERVED.join(", ")} have a meaning of their own`);
    }
    if (!(options.everyMs >= 1 && options.everyMs <= 0x7fffffff)) {
      throw new Error(`sensor ${topic}: everyMs must lie within 1 and 2147483647`);
    }
    this.topic = new Topic(topic, { qos: 1 });
    this.everyMs = options.everyMs;
    this.decimals = options.decimals ?? 2;
    this.readValue = read;
  }

  /**
   * Reads, if it is time.
   *
   * @returns length of the payload in `out`, 0 when nothing is due or there is no reading
   */
  sample(out: Uint8Array, now: number): number {
    const late = (now - this.dueAt) | 0;
    if (late < 0) return 0;
    // Keep the step; after a long pause begin a new one instead of making up for what was missed.
    this.dueAt = (late < this.everyMs ? this.dueAt + this.everyMs : now + this.everyMs) | 0;
    const length = writeDecimal(this.readValue(), this.decimals, out, 0, out.length);
    return length < 0 ? 0 : length;
  }
}
