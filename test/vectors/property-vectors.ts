import { fromHex, toHex } from "./notation.js";
import { parseBlock, type Vector } from "./page.js";
import { PROPERTY_PAGE, type Property, readProperties } from "./property-table.js";

/** A packet from the broker, as a frame for one property. */
interface Place {
  readonly setUp: string;
  /** Lines that come before the packet. */
  readonly before: readonly string[];
  readonly firstByte: number;
  /** Hex of what stands before and behind the properties. */
  readonly head: string;
  readonly tail?: string;
  /** How the packet reads, with `@` where the facts of its properties stand. */
  readonly reading: string;
  /** What follows when it is in order; `@` as above. */
  readonly after: readonly string[];
  /** A property that must stand in the packet in any case. */
  readonly needs?: string;
}

const PUBLISH_1 = ['call publish topic="a" qos=1', "sends 32 06 00 01 61 00 01 00"];
const PUBLISH_2 = ['call publish topic="a" qos=2', "sends 34 06 00 01 61 00 01 00"];
const READ_1 = '= publish topic="a" qos=1 id=1 payload=""';
const READ_2 = '= publish topic="a" qos=2 id=1 payload=""';
const RELEASED = ["rx 50 02 00 01", "= pubrec reason=0 id=1", "sends 62 02 00 01"];
const SUBSCRIBED = [
  'call subscribe "a" qos=0',
  "sends 82 07 ff ff 00 00 01 61 00",
  '= subscribe id=65535 filter="a" qos=0',
];
const GRANTED = ["rx 90 04 ff ff 00 00", "= suback id=65535 codes=0", 'granted filter="a" qos=0'];
const UNSUBSCRIBED = [
  'call unsubscribe "a"',
  "sends a2 06 ff ff 00 00 01 61",
  '= unsubscribe id=65535 filter="a"',
];
const CONNECTED = "5 connected aliases=5";
const AUTHENTICATING = '5 connecting authenticationMethod="m"';

const PLACES: Readonly<Record<string, Place>> = {
  CONNACK: {
    setUp: AUTHENTICATING,
    before: [],
    firstByte: 0x20,
    head: "00 00",
    reading: "connack reason=0@",
    after: ["accepted@"],
    needs: "authenticationMethod",
  },
  PUBLISH: {
    setUp: CONNECTED,
    before: [],
    firstByte: 0x30,
    head: "00 01 61",
    tail: "78",
    reading: 'publish topic="a" qos=0 payload="x"@',
    after: ['message topic="a" qos=0 payload="x"@'],
  },
  PUBACK: {
    setUp: CONNECTED,
    before: [...PUBLISH_1, READ_1],
    firstByte: 0x40,
    head: "00 01 00",
    reading: "puback reason=0 id=1@",
    after: ["acknowledged 1@"],
  },
  PUBREC: {
    setUp: CONNECTED,
    before: [...PUBLISH_2, READ_2],
    firstByte: 0x50,
    head: "00 01 00",
    reading: "pubrec reason=0 id=1@",
    after: ["sends 62 02 00 01", "= pubrel reason=0 id=1"],
  },
  PUBREL: {
    setUp: CONNECTED,
    before: [],
    firstByte: 0x62,
    head: "00 01 00",
    reading: "pubrel reason=0 id=1@",
    after: ["sends 70 02 00 01", "= pubcomp reason=0 id=1"],
  },
  PUBCOMP: {
    setUp: CONNECTED,
    before: [...PUBLISH_2, READ_2, ...RELEASED, "= pubrel reason=0 id=1"],
    firstByte: 0x70,
    head: "00 01 00",
    reading: "pubcomp reason=0 id=1@",
    after: ["acknowledged 1@"],
  },
  SUBACK: {
    setUp: CONNECTED,
    before: SUBSCRIBED,
    firstByte: 0x90,
    head: "ff ff",
    tail: "00",
    reading: "suback id=65535 codes=0@",
    after: ['granted filter="a" qos=0@'],
  },
  UNSUBACK: {
    setUp: CONNECTED,
    before: [...SUBSCRIBED, ...GRANTED, ...UNSUBSCRIBED],
    firstByte: 0xb0,
    head: "ff ff",
    tail: "00",
    reading: "unsuback id=65535 codes=0@",
    after: ['removed filter="a"@'],
  },
  DISCONNECT: {
    setUp: CONNECTED,
    before: [],
    firstByte: 0xe0,
    head: "8b",
    reading: "disconnect reason=139@",
    after: ["closes REFUSED code=139@"],
  },
  AUTH: {
    setUp: AUTHENTICATING,
    before: [],
    firstByte: 0xf0,
    head: "18",
    reading: "auth reason=24@",
    after: ["challenged@"],
    needs: "authenticationMethod",
  },
};

/** Makes the vectors of the table of properties. */
export function readPropertyVectors(): Vector[] {
  const properties = readProperties();
  const vectors: Vector[] = [];
  for (const property of properties) {
    for (const packet of Object.keys(PLACES)) {
      vectors.push(...vectorsOf(property, packet, properties));
    }
  }
  return vectors;
}

function vectorsOf(property: Property, packet: string, all: readonly Property[]): Vector[] {
  const place = PLACES[packet]!;
  const needed = place.needs === property.name ? undefined : place.needs;
  const base = all.filter(({ name }) => name === needed);
  const make = (title: string, listed: readonly Property[], verdict: readonly string[]) =>
    vectorOf(`${property.name} ${title}`, place, listed, verdict);
  const isRepeatable = property.places.get(packet);
  if (isRepeatable === undefined) {
    const name = `in ${packet}, where it may not stand`;
    const isClients = property.clientPlaces.includes(packet);
    const status = isClients ? "PROTOCOL_ERROR" : "MALFORMED";
    return [make(name, [...base, property], refused(place, status))];
  }
  const good = (listed: readonly Property[]) => accepted(place, listed);
  const twice = [...base, property, property];
  const short = { ...property, bytes: property.bytes.slice(0, -1) };
  return [
    make(`in ${packet}`, [...base, property], good([...base, property])),
    isRepeatable
      ? make(`twice in ${packet}, where it may stand twice`, twice, good(twice))
      : make(`twice in ${packet}`, twice, refused(place, "PROTOCOL_ERROR")),
    make(`cut short in ${packet}`, [...base, short], refused(place, "MALFORMED")),
  ];
}

/** Lines behind the packet's bytes when it is in order. A topic alias is not the application's business. */
function accepted(place: Place, listed: readonly Property[]): string[] {
  const facts = listed.map(({ fact }) => ` ${fact}`).join("");
  const told = listed
    .filter(({ name }) => name !== "topicAlias")
    .map(({ fact }) => ` ${fact}`)
    .join("");
  const after = place.after.map((line) => line.replace("@", told));
  return [`= ${place.reading.replace("@", facts)}`, ...after];
}

function refused(place: Place, status: "MALFORMED" | "PROTOCOL_ERROR"): string[] {
  const reason = status === "MALFORMED" ? 129 : 130;
  const isSilent = place.setUp === AUTHENTICATING;
  const bye = [`sends e0 01 ${reason.toString(16)}`, `= disconnect reason=${reason}`];
  return ["= refused", ...(isSilent ? [] : bye), `closes ${status}`];
}

function vectorOf(
  name: string,
  place: Place,
  listed: readonly Property[],
  verdict: readonly string[],
): Vector {
  const properties = listed.flatMap(({ bytes }) => [...bytes]);
  const body = [
    ...fromHex(place.head),
    properties.length,
    ...properties,
    ...(place.tail === undefined ? [] : fromHex(place.tail)),
  ];
  const packet = Uint8Array.of(place.firstByte, body.length, ...body);
  const lines = [place.setUp, ...place.before, `rx ${toHex(packet)}`, ...verdict];
  return parseBlock(PROPERTY_PAGE, name, lines.join("\n"));
}
