import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fromHex } from "./notation.js";
import { PAGES } from "./page.js";

/** How the value of a property is written. */
export type Form = "byte" | "uint16" | "uint32" | "varint" | "text" | "binary" | "pair";

/** A row of the table of properties. */
export interface Property {
  readonly id: number;
  readonly name: string;
  readonly form: Form;
  /** Identifier and value. */
  readonly bytes: Uint8Array;
  /** How that reads. */
  readonly fact: string;
  /** Packets that may carry it from the broker, and whether several times. */
  readonly places: ReadonlyMap<string, boolean>;
  /** Packets that may carry it from a client alone. */
  readonly clientPlaces: readonly string[];
}

/** The page that holds the table. */
export const PROPERTY_PAGE = "properties.md";
const FORMS: readonly Form[] = ["byte", "uint16", "uint32", "varint", "text", "binary", "pair"];
const ROW = /^\| ([\da-f]{2}) \| (\w+) +\| (\w+) +\| ([\da-f ]+?) +\| (\S+) +\| ?(.*?) ?\|$/gm;

/** Reads the table of properties. */
export function readProperties(): Property[] {
  const rows = readFileSync(new URL(PROPERTY_PAGE, PAGES), "utf8").matchAll(ROW);
  const properties = [...rows].map(([, id, name, form, value, fact, places]) => ({
    id: Number.parseInt(id!, 16),
    name: name!,
    form: FORMS.find((one) => one === form) ?? assert.fail(`${name}: no form ${form}`),
    bytes: fromHex(`${id} ${value}`),
    fact: fact!,
    places: readPlaces(places!),
    clientPlaces: [...places!.matchAll(/(\w+)!/g)].map((match) => match[1]!),
  }));
  assert.equal(properties.length, 27, "MQTT 5 has 27 properties");
  return properties;
}

function readPlaces(list: string): Map<string, boolean> {
  const places = list.split(", ").filter((place) => place !== "" && !place.endsWith("!"));
  return new Map(places.map((place) => [place.replace("*", ""), place.endsWith("*")]));
}
