import type { Random } from "../../sim/random.js";

const SPACES = ["", "", "", " ", "\n", "\t", "\r\n  "];
const SHORT: Readonly<Record<string, string>> = {
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "/": "\\/",
};

/** Writes a value as JSON in one of the many ways there are: white space and escapes by chance. */
export function writeJson(value: unknown, random: Random): string {
  const space = () => SPACES[random.below(SPACES.length)] ?? "";
  const write = (inner: unknown): string => `${space()}${writeOne(inner)}${space()}`;
  const writeOne = (inner: unknown): string => {
    if (typeof inner === "string") return writeText(inner, random);
    if (Array.isArray(inner))
      return `[${inner.length === 0 ? space() : inner.map(write).join(",")}]`;
    if (typeof inner !== "object" || inner === null) return JSON.stringify(inner);
    const members = Object.entries(inner).map(
      ([name, member]) => `${space()}${writeText(name, random)}${space()}:${write(member)}`,
    );
    return `{${members.length === 0 ? space() : members.join(",")}}`;
  };
  return write(value);
}

function writeText(text: string, random: Random): string {
  const units = text.split("").map((unit) => {
    const code = unit.charCodeAt(0);
    const isPlain =
      unit !== '"' && unit !== "\\" && code >= 0x20 && (code < 0xd800 || code > 0xdfff);
    if (isPlain && random.below(4) > 0) return unit;
    const short = SHORT[unit];
    if (short !== undefined && random.below(2) === 0) return short;
    if ((unit === '"' || unit === "\\") && random.below(2) === 0) return `\\${unit}`;
    const hex = code.toString(16).padStart(4, "0");
    return `\\u${random.below(2) === 0 ? hex : hex.toUpperCase()}`;
  });
  return `"${units.join("")}"`;
}
