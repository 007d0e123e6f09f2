import { Dispatcher } from "../../../firmware/client/dispatch.js";
import { readBoolean, writeBoolean } from "../../../firmware/payload/boolean.js";
import { CBOR_MAP, CBOR_TEXT } from "../../../firmware/payload/cbor.js";
import { CborReader } from "../../../firmware/payload/cbor-reader.js";
import { CborWriter } from "../../../firmware/payload/cbor-writer.js";
import { readDecimal, writeDecimal } from "../../../firmware/payload/decimal.js";
import { readInteger, readScaled, writeInteger } from "../../../firmware/payload/integer.js";
import { JsonPath, JsonReader } from "../../../firmware/payload/json-reader.js";
import { readJsonText } from "../../../firmware/payload/json-text.js";
import { JsonName, JsonWriter } from "../../../firmware/payload/json-writer.js";
import { Filter } from "../../../firmware/wire/filter.js";
import { encodeText } from "../../../firmware/wire/text.js";

// Every reader and writer of payloads at work, for Node and XS alike. Nothing here is either's.

/** Something that is done per message. */
export interface PayloadRun {
  readonly name: string;
  /** Leaves what came of it in `outcome`. */
  readonly run: () => void;
}

/** What the last run came to. A typed array, as a number in a closure may be boxed. */
const outcome = new Float64Array(2);
/** What the last run wrote. */
const out = new Uint8Array(96);

const NAMES = ["temperature", "label", "isOn"] as const;

function textRuns(): PayloadRun[] {
  const integer = encodeText("-12345");
  const decimal = encodeText("21.456e-1");
  const word = encodeText("OFF");
  return [
    {
      name: "integer",
      run: () => {
        outcome[0] = readInteger(integer, 0, 6);
        outcome[1] = writeInteger(readScaled(decimal, 0, 6, 2), out, 0, out.length);
      },
    },
    {
      name: "decimal",
      run: () => {
        outcome[0] = readDecimal(decimal, 0, decimal.length);
        outcome[1] = writeDecimal(outcome[0], 3, out, 0, out.length);
      },
    },
    {
      name: "boolean",
      run: () => {
        outcome[0] = readBoolean(word, 0, 3);
        outcome[1] = writeBoolean(outcome[0] === 1, out, 0, out.length);
      },
    },
  ];
}

function jsonRuns(): PayloadRun[] {
  const document = encodeText(
    '{"list":[{"a":null},[1,-25]],"\\u0074emperature":21.5,"label":"caf\\u00e9 \\ud83d\\ude00"}',
  );
  const reader = new JsonReader();
  const writer = new JsonWriter();
  const paths = [["list", 1, 1], ["temperature"], ["label"]].map((steps) => new JsonPath(steps));
  const names = NAMES.map((name) => new JsonName(name));
  const label = encodeText('"café"\n');
  const [inList, temperature, text] = paths as [JsonPath, JsonPath, JsonPath];
  const [first, second, third] = names as [JsonName, JsonName, JsonName];
  return [
    {
      name: "json.read",
      run: () => {
        reader.find(document, 0, document.length, inList);
        outcome[0] = readInteger(document, reader.offset, reader.length);
        reader.find(document, 0, document.length, temperature);
        outcome[0] += readScaled(document, reader.offset, reader.length, 1);
        reader.find(document, 0, document.length, text);
        outcome[1] = readJsonText(document, reader.offset, reader.length, out, 0);
      },
    },
    {
      name: "json.write",
      run: () => {
        writer.begin(out, 0, out.length);
        writer.decimal(first, 21.456, 1);
        writer.text(second, label, 0, label.length);
        writer.array(third);
        writer.boolean(null, true);
        outcome[1] = writer.finish();
      },
    },
  ];
}

function cborRuns(): PayloadRun[] {
  const names = NAMES.map(encodeText) as [Uint8Array, Uint8Array, Uint8Array];
  const [temperature, label, isOn] = names;
  const reader = new CborReader();
  const writer = new CborWriter();
  // {_ "x": [_ 1, (_ h'01')], "temperature": 21.456, "isOn": 1.5}
  const document = [0xbf, 0x61, 0x78, 0x9f, 0x01, 0x5f, 0x41, 0x01, 0xff, 0xff];
  document.push(0x6b, ...temperature, 0xfb, 0x40, 0x35, 0x74, 0xbc, 0x6a, 0x7e, 0xf9, 0xdb);
  document.push(0x64, ...isOn, 0xf9, 0x3e, 0x00, 0xff);
  const bytes = Uint8Array.from(document);
  return [
    {
      name: "cbor.read",
      run: () => {
        reader.begin(bytes, 0, bytes.length);
        reader.find(isOn);
        outcome[0] = reader.value;
        reader.begin(bytes, 0, bytes.length);
        reader.find(temperature);
        outcome[0] += reader.value;
        outcome[1] = reader.find(label);
      },
    },
    {
      name: "cbor.write",
      run: () => {
        writer.begin(out, 0, out.length);
        writer.head(CBOR_MAP, 3);
        writer.integer(-1000);
        writer.float(1.5);
        writer.string(CBOR_TEXT, label, 0, label.length);
        writer.float(21.456);
        writer.integer(1e12);
        writer.float(100_000.5);
        outcome[1] = writer.finish();
      },
    },
  ];
}

function dispatchRun(): PayloadRun {
  const dispatcher = new Dispatcher<Uint8Array>(4);
  const topic = encodeText("mote/board/command/led");
  for (const filter of ["mote/board/command/fan", "mote/+/command/led", "#", "$share/g/mote/#"]) {
    dispatcher.add(new Filter(filter), (message) => {
      outcome[0] = (outcome[0] as number) + message.length;
    });
  }
  return {
    name: "dispatch",
    run: () => {
      outcome[0] = 0;
      outcome[1] = dispatcher.dispatch(topic, 0, topic.length, out, 1);
    },
  };
}

export function payloadRuns(): PayloadRun[] {
  return [...textRuns(), ...jsonRuns(), ...cborRuns(), dispatchRun()];
}

/** What each run comes to, one line each: the same in every engine. */
export function payloadOutcomes(): string[] {
  return payloadRuns().map(({ name, run }) => {
    outcome.fill(0);
    out.fill(0);
    run();
    return `${name} ${outcome.join(" ")} ${out.join(" ")}`;
  });
}
