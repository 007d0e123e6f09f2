/** What a page calls a fact: `key=value` pairs and bare words, in the order of the packet. */
export type Facts = readonly (readonly [key: string, value: number | string | Uint8Array | true])[];

/** A run of one byte that is longer than this is written as that byte and a count. */
const LONGEST_RUN = 16;

/** Reads hex digits in any grouping, also with `+` between them; `61*300` is a byte 300 times. */
export function fromHex(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const word of text.trim().split(/[\s+]+/)) {
    const [, digits, count = "1"] = /^((?:[\da-f]{2})+)(?:\*(\d+))?$/.exec(word) ?? [];
    if (digits === undefined) throw new Error(`not hex: ${word}`);
    const part = Buffer.from(digits, "hex");
    for (let i = 0; i < Number(count); i++) bytes.push(...part);
  }
  return Uint8Array.from(bytes);
}

/** Writes bytes as a page does: two digits each, long runs of one byte as `61*300`. */
export function toHex(bytes: Uint8Array): string {
  const words: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    let end = at + 1;
    while (end < bytes.length && bytes[end] === bytes[at]) end++;
    const digits = bytes[at]!.toString(16).padStart(2, "0");
    if (end - at > LONGEST_RUN) {
      words.push(`${digits}*${end - at}`);
      at = end;
    } else {
      words.push(digits);
      at++;
    }
  }
  return words.join(" ");
}

/** Bytes as text in quotes where they are printable and few, else as hex without spaces: `00+61*300+0a`. */
function showBytes(bytes: Uint8Array): string {
  const hex = toHex(bytes);
  const text = Buffer.from(bytes).toString("utf8");
  if (!hex.includes("*") && !/\p{C}|\uFFFD/u.test(text)) return JSON.stringify(text);
  return hex
    .replace(/ (?=\S+\*)/g, "+")
    .replace(/(\*\d+) /g, "$1+")
    .replaceAll(" ", "");
}

/** One line of a page: a word and the facts behind it. */
export function show(word: string, facts: Facts): string {
  const parts = facts.map(([key, value]) => {
    if (value === true) return key;
    return `${key}=${typeof value === "object" ? showBytes(value) : value}`;
  });
  return [word, ...parts].join(" ");
}

/** Text as the bytes that MQTT carries. */
export function utf8(text: string): Uint8Array {
  return Buffer.from(text, "utf8");
}

/** The words of a line; a value in quotes may hold spaces. */
export function readWords(line: string): string[] {
  return line.match(/(?:[^\s"]|"(?:[^"\\]|\\.)*")+/g) ?? [];
}

/** A key may have a prefix and, of a user property, a name in quotes: `will.user."k"="v"`. */
const PAIR = /^((?:\w+\.)*(?:\w+|"(?:[^"\\]|\\.)*"))=(.*)$/s;

/** Arguments of a call or of a set-up line. */
export class Arguments {
  private readonly pairs: [key: string, value: string][] = [];
  private readonly values: Map<string, string>;
  /** Words without `=`, in order, quotes taken off. */
  readonly words: string[] = [];

  constructor(words: readonly string[]) {
    for (const word of words) {
      const [, key, value] = PAIR.exec(word) ?? [];
      if (key === undefined || value === undefined) this.words.push(unquote(word));
      else this.pairs.push([key, value]);
    }
    this.values = new Map(this.pairs);
  }

  /** Pairs whose key begins with the prefix, without it, as they stand. */
  entries(prefix: string): [key: string, value: string][] {
    return this.pairs
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), value]);
  }

  has(word: string): boolean {
    return this.words.includes(word) || this.values.has(word);
  }

  number(key: string, otherwise: number): number {
    const value = this.values.get(key);
    return value === undefined ? otherwise : Number(value);
  }

  text(key: string): string | undefined {
    const value = this.values.get(key);
    return value === undefined ? undefined : unquote(value);
  }

  /** In quotes, as hex, or as a run. */
  bytes(key: string): Uint8Array | undefined {
    const value = this.values.get(key);
    if (value === undefined) return undefined;
    return value.startsWith('"') ? utf8(unquote(value)) : fromHex(value);
  }
}

function unquote(word: string): string {
  return word.startsWith('"') ? String(JSON.parse(word)) : word;
}

/** Tells whether bytes are UTF-8 as MQTT wants it. */
export function isText(bytes: Uint8Array): boolean {
  const buffer = Buffer.from(bytes);
  return buffer.equals(Buffer.from(buffer.toString("utf8"), "utf8")) && !buffer.includes(0);
}
