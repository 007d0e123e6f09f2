import assert from "node:assert/strict";
import { test } from "node:test";
import type { IAuthPacket } from "mqtt-packet";
import { AUTHENTICATION_EVENT } from "../../../firmware/session/event.js";
import { BAD_ARGUMENT, PROTOCOL_ERROR, TIMED_OUT } from "../../../firmware/status.js";
import { AUTHENTICATION_DATA } from "../../../firmware/wire/property-id.js";
import { ClientRig } from "../../sim/client-rig.js";

const METHOD = "SCRAM";

function rigWithMethod(): ClientRig {
  return new ClientRig({
    protocolVersion: 5,
    authentication: { method: METHOD, data: Buffer.from("first") },
  });
}

function challenge(text: string, reasonCode = 0x18, method = METHOD): IAuthPacket {
  return {
    cmd: "auth",
    reasonCode,
    properties: { authenticationMethod: method, authenticationData: Buffer.from(text) },
  };
}

/** What each AUTH that the client wrote says. */
function answers(rig: ClientRig): (readonly [number, string])[] {
  return rig.transport.take().flatMap((packet) => {
    if (packet.cmd !== "auth") return [];
    assert.equal(packet.properties?.authenticationMethod, METHOD);
    return [[packet.reasonCode, packet.properties?.authenticationData?.toString() ?? ""] as const];
  });
}

const accepted = { properties: { authenticationMethod: METHOD } };

/** Connected, after one challenge. */
function authenticated(): ClientRig {
  const rig = rigWithMethod();
  rig.client.start(0);
  rig.transport.opens(0);
  rig.accept(accepted);
  rig.transport.take();
  return rig;
}

test("CONNECT names the method and says what it wants to say first", () => {
  const rig = rigWithMethod();
  rig.client.start(0);
  rig.transport.opens(0);
  const [connect] = rig.transport.take();
  assert.ok(connect?.cmd === "connect");
  assert.equal(connect.properties?.authenticationMethod, METHOD);
  assert.equal(connect.properties?.authenticationData?.toString(), "first");
});

test("each challenge is told and answered, and publishes wait until CONNACK", () => {
  const rig = rigWithMethod();
  rig.client.start(0);
  rig.transport.opens(0);
  rig.publish("early");
  rig.transport.take();
  const heard: string[] = [];
  rig.inEvent = (kind) => {
    const properties = rig.client.session.version5?.properties;
    if (kind !== AUTHENTICATION_EVENT || !properties?.find(AUTHENTICATION_DATA)) return;
    const end = properties.offset + properties.length;
    heard.push(Buffer.from(properties.bytes.slice(properties.offset, end)).toString());
    assert.equal(rig.client.authenticate(Buffer.from(`to ${heard.at(-1)}`), rig.now), 0);
  };
  rig.says(challenge("c1"));
  rig.says(challenge("c2"));
  assert.deepEqual(heard, ["c1", "c2"]);
  assert.deepEqual(answers(rig), [
    [0x18, "to c1"],
    [0x18, "to c2"],
  ]);
  rig.accept(accepted);
  assert.deepEqual(rig.written(), ["publish 1 early"]);
});

test("each challenge gives the broker its time anew, and silence ends it", () => {
  const rig = rigWithMethod();
  rig.client.start(0);
  rig.transport.opens(0);
  rig.pass(9_000);
  rig.says(challenge("c1"));
  rig.pass(9_999);
  assert.equal(rig.told.at(-1), "authentication 24");
  rig.pass(1);
  assert.equal(rig.told.at(-1), `disconnected ${TIMED_OUT} 0`);
});

test("a client authenticates again while its publishes go on", () => {
  const rig = authenticated();
  assert.equal(rig.client.authenticate(Buffer.from("again"), rig.now), 0);
  assert.deepEqual(answers(rig), [[0x19, "again"]]);
  rig.publish("x");
  assert.deepEqual(rig.written(), ["publish 1 x"]);
  rig.says(challenge("c"));
  assert.equal(rig.client.authenticate(Buffer.from("answer"), rig.now), 0);
  assert.deepEqual(answers(rig), [[0x18, "answer"]]);
  rig.says(challenge("", 0));
  assert.equal(rig.told.at(-1), "authentication 0");
  assert.equal(rig.client.authenticate(Buffer.from("third"), rig.now), 0);
  assert.deepEqual(answers(rig), [[0x19, "third"]]);
});

test("an AUTH that comes unasked after CONNACK ends the connection", () => {
  const rig = authenticated();
  rig.says(challenge("c"));
  assert.equal(rig.told.at(-1), `disconnected ${PROTOCOL_ERROR} 0`);
});

test("another method than the client's ends the connection, in AUTH and in CONNACK", () => {
  const inAuth = rigWithMethod();
  inAuth.client.start(0);
  inAuth.transport.opens(0);
  inAuth.says(challenge("c", 0x18, "OTHER"));
  assert.equal(inAuth.told.at(-1), `disconnected ${PROTOCOL_ERROR} 0`);
  const inConnack = rigWithMethod();
  inConnack.client.start(0);
  inConnack.transport.opens(0);
  inConnack.accept({ properties: { authenticationMethod: "OTHER" } });
  assert.equal(inConnack.told.at(-1), `disconnected ${PROTOCOL_ERROR} 0`);
});

test("there is nothing to answer without a method, a version or a connection", () => {
  const data = new Uint8Array(1);
  assert.equal(rigWithMethod().client.authenticate(data, 0), BAD_ARGUMENT);
  const without = new ClientRig({ protocolVersion: 5 });
  without.connect();
  assert.equal(without.client.authenticate(data, 0), BAD_ARGUMENT);
  const older = new ClientRig();
  older.connect();
  assert.equal(older.client.authenticate(data, 0), BAD_ARGUMENT);
});

test("an answer that the transport has no room for yet goes out before anything else", () => {
  const rig = authenticated();
  rig.transport.limit(0);
  rig.client.authenticate(Buffer.from("again"), rig.now);
  rig.publish("x");
  rig.transport.limit(Number.POSITIVE_INFINITY);
  rig.transport.writable(rig.now);
  assert.deepEqual(
    rig.transport.take().map((packet) => packet.cmd),
    ["auth", "publish"],
  );
});
