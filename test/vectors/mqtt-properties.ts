import { Properties } from "../../firmware/wire/properties.js";
import type { PropertyReader } from "../../firmware/wire/property-reader.js";
import type { Arguments, Facts } from "./notation.js";
import { type Property, readProperties } from "./property-table.js";

const BY_ID = new Map(readProperties().map((property) => [property.id, property]));
const BY_NAME = new Map(readProperties().map((property) => [property.name, property]));

/** What the client's reader reads, as the pages write it. */
export function factsOf(reader: PropertyReader): Facts {
  const facts: (readonly [string, number | Uint8Array])[] = [];
  reader.rewind();
  for (let id = reader.read(); id > 0; id = reader.read()) {
    const property = BY_ID.get(id);
    if (!property) throw new Error(`read a property ${id}`);
    facts.push(factOf(property, reader));
  }
  reader.rewind();
  return facts;
}

function factOf(
  { name, form }: Property,
  reader: PropertyReader,
): readonly [string, number | Uint8Array] {
  const first = reader.bytes.slice(reader.offset, reader.offset + reader.length);
  if (form === "text" || form === "binary") return [name, first];
  if (form !== "pair") return [name, reader.value];
  const { secondOffset, secondLength } = reader;
  const second = reader.bytes.slice(secondOffset, secondOffset + secondLength);
  return [`${name}.${JSON.stringify(Buffer.from(first).toString("utf8"))}`, second];
}

/** Properties that a line gives, in its order, but for those that the client has options of their own for. */
export function propertiesIn(given: Arguments, prefix: string, own: readonly string[]): Properties {
  const properties = new Properties();
  for (const [key, value] of given.entries(prefix)) {
    const property = BY_NAME.get(key.split(".", 1)[0]!);
    if (property && !own.includes(property.name)) add(properties, property, key, value);
  }
  return properties;
}

function add(to: Properties, { id, form }: Property, key: string, value: string): void {
  const text = () => String(JSON.parse(value));
  if (form === "byte") to.byte(id, Number(value));
  else if (form === "uint16") to.uint16(id, Number(value));
  else if (form === "uint32") to.uint32(id, Number(value));
  else if (form === "varint") to.varint(id, Number(value));
  else if (form === "text") to.text(id, text());
  else if (form === "pair")
    to.pair(id, String(JSON.parse(key.slice(key.indexOf(".") + 1))), text());
  else to.binary(id, bytesIn(value));
}

function bytesIn(value: string): Uint8Array {
  const isText = value.startsWith('"');
  return isText ? Buffer.from(String(JSON.parse(value))) : Buffer.from(value, "hex");
}
