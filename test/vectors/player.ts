import { type Manner, Subject } from "./mqtt-subject.js";
import { toHex } from "./notation.js";
import type { Step, Vector } from "./page.js";

/** Cuts the bytes of one `rx` step into the pieces in which they arrive. */
export type Cut = (bytes: Uint8Array) => Uint8Array[];

export const whole: Cut = (bytes) => [bytes];
export const byByte: Cut = (bytes) => Array.from(bytes, (byte) => Uint8Array.of(byte));
export const splitAt =
  (at: number): Cut =>
  (bytes) =>
    [bytes.slice(0, at), bytes.slice(at)].filter((piece) => piece.length > 0);

/** What surrounds a piece in the buffer that it arrives in: who reads it has read outside. */
interface Surrounding {
  readonly byte: number;
  /** So many on each side. With none, a byte outside is undefined. */
  readonly margin: number;
}
const SURROUNDINGS: readonly Surrounding[] = [
  { byte: 0x00, margin: 8 },
  { byte: 0xff, margin: 8 },
  { byte: 0x00, margin: 0 },
];

/** Plays the steps of a vector; the log of the client grows. */
class Player {
  readonly subject: Subject;
  private readonly surrounding: Surrounding;

  constructor(vector: Vector, surrounding: Surrounding, manner: Manner) {
    this.subject = new Subject(vector.version, vector.phase, vector.options, manner);
    this.surrounding = surrounding;
  }

  receive(bytes: Uint8Array, cut: Cut): void {
    for (const piece of cut(bytes)) {
      const { byte, margin } = this.surrounding;
      const buffer = new Uint8Array(piece.length + 2 * margin).fill(byte);
      buffer.set(piece, margin);
      this.subject.receive(buffer, margin, piece.length);
      // What is borrowed during the call may not be looked at after it.
      buffer.fill(~byte);
    }
  }

  play(step: Step, cut: Cut): void {
    if (step.verb === "rx") this.receive(step.bytes, cut);
    else if (step.verb === "do") this.subject.do(step.line);
  }
}

/** The lines that a vector wants to see, in order. */
export function wantedLog(vector: Vector): string[] {
  return vector.steps.flatMap((step) => {
    if (step.verb === "told") return [step.line];
    return step.verb === "sends" ? [`sends ${toHex(step.bytes)}`] : [];
  });
}

/**
 * Plays a vector several times, in surroundings that differ.
 *
 * @returns what the client told and wrote
 * @throws when the surroundings make a difference
 */
export function logOf(vector: Vector, cut: Cut, manner: Manner = "plain"): string[] {
  // A keeping transport has a storage of its own.
  const surroundings = manner === "keeping" ? SURROUNDINGS.slice(0, 1) : SURROUNDINGS;
  return inSurroundings(surroundings, (surrounding) => {
    const player = new Player(vector, surrounding, manner);
    for (const step of vector.steps) player.play(step, cut);
    return player.subject.log;
  });
}

/**
 * Plays a vector up to its step `index`, whose bytes are changed; when `isCut`, the connection breaks then.
 *
 * @returns the whole log, and how much of it came before the changed bytes
 */
export function logOfChanged(
  vector: Vector,
  index: number,
  changed: Uint8Array,
  isCut: boolean,
): { log: string[]; before: number } {
  let before = 0;
  // Two are enough where so many are played: 0xff around the bytes, or nothing.
  const log = inSurroundings(SURROUNDINGS.slice(1), (surrounding) => {
    const player = new Player(vector, surrounding, "plain");
    for (const step of vector.steps.slice(0, index)) player.play(step, whole);
    before = player.subject.log.length;
    player.receive(changed, whole);
    if (isCut) player.subject.breaks();
    return player.subject.log;
  });
  return { log, before };
}

function inSurroundings(
  surroundings: readonly Surrounding[],
  play: (surrounding: Surrounding) => string[],
): string[] {
  const [log = [], ...others] = surroundings.map(play);
  for (const other of others) {
    if (other.join("\n") === log.join("\n")) continue;
    throw new Error(`bytes outside were read:\n${log.join("\n")}\n--\n${other.join("\n")}`);
  }
  return log;
}
