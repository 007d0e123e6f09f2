import assert from "node:assert/strict";
import { test } from "node:test";
import {
  NO_LOCAL,
  RETAIN_AS_PUBLISHED,
  RETAIN_IF_NEW,
  RETAIN_NEVER,
} from "../../../firmware/session/subscriptions.js";
import { BAD_ARGUMENT, BAD_TOPIC } from "../../../firmware/status.js";
import { codesThat, connected } from "./broker.js";

test("SUBSCRIBE and UNSUBSCRIBE name one UTF-8 filter [MQTT-3.8.3-1] [MQTT-3.8.3-2] [MQTT-3.10.3-1] [MQTT-3.10.3-2]", () => {
  const rig = connected();
  rig.client.subscribe("größe/+", 2, rig.now, 268_435_455);
  rig.says({ cmd: "suback", messageId: 65535, granted: [2] });
  rig.client.unsubscribe("größe/+", rig.now);
  const [subscribe, unsubscribe] = rig.transport.take();
  assert.ok(subscribe?.cmd === "subscribe" && unsubscribe?.cmd === "unsubscribe");
  assert.deepEqual(
    subscribe.subscriptions.map(({ topic, qos }) => [topic, qos]),
    [["größe/+", 2]],
  );
  assert.equal(subscribe.properties?.subscriptionIdentifier, 268_435_455);
  assert.deepEqual(unsubscribe.unsubscriptions, ["größe/+"]);
  assert.equal(rig.client.subscribe("", 1, rig.now), BAD_TOPIC);
  assert.equal(rig.client.unsubscribe("", rig.now), BAD_ARGUMENT);
  for (const id of [-1, 268_435_456, Number.NaN]) {
    assert.equal(rig.client.subscribe("a", 1, rig.now, id), BAD_ARGUMENT);
  }
});

test("No Local is refused with a shared subscription, and sent with any other [MQTT-3.8.3-4]", () => {
  const rig = connected();
  assert.equal(rig.client.subscribe("$share/g/a", 1 | NO_LOCAL, rig.now), BAD_ARGUMENT);
  assert.ok(rig.client.subscribe("$share/g/a", 1, rig.now) >= 0);
  assert.ok(rig.client.subscribe("$sharing/g/a", 1 | NO_LOCAL, rig.now) >= 0);
  const sent = rig.transport
    .take()
    .flatMap((packet) => (packet.cmd === "subscribe" ? [packet.subscriptions[0]?.nl] : []));
  assert.deepEqual(sent, [false, true]);
});

test("of the options of a subscription exactly those that the standard gives a meaning are sent [MQTT-3.8.3-5]", () => {
  const legal = codesThat((options) => {
    const rig = connected();
    const isTaken = rig.client.subscribe("a", options, rig.now) >= 0;
    const last = rig.transport.takeBytes().at(-1);
    if (isTaken) assert.equal(last, options);
    return isTaken;
  });
  const expected = codesThat((code) => code < 0x40 && (code & 3) < 3 && code >> 4 < 3);
  assert.deepEqual(legal, expected);
  assert.equal(legal.includes(2 | NO_LOCAL | RETAIN_AS_PUBLISHED | RETAIN_NEVER), true);
  assert.equal(legal.includes(RETAIN_IF_NEW | RETAIN_NEVER), false);
});

test("wildcards in a filter stand where the standard lets them [MQTT-4.7.0-1] [MQTT-4.7.1-1] [MQTT-4.7.1-2]", () => {
  const rig = connected({ subscriptionCapacity: 9 });
  for (const filter of ["a#", "#/a", "a/#/b", "a+", "+a", "a/+b/c"]) {
    assert.equal(rig.client.subscribe(filter, 1, rig.now), BAD_TOPIC, filter);
  }
  for (const filter of ["#", "a/#", "+", "a/+/b", "+/+/#"]) {
    assert.ok(rig.client.subscribe(filter, 1, rig.now) >= 0, filter);
  }
});

test("a filter has 1 to 65535 bytes and no U+0000 [MQTT-4.7.3-1] [MQTT-4.7.3-2] [MQTT-4.7.3-3]", () => {
  const rig = connected();
  for (const filter of ["", "a\0", "ö".repeat(32_768)]) {
    assert.equal(rig.client.subscribe(filter, 1, rig.now), BAD_TOPIC);
  }
  assert.ok(rig.client.subscribe(`x${"ö".repeat(32_767)}`, 1, rig.now) >= 0);
});

test("a shared subscription names a group, and a filter behind it [MQTT-4.8.2-1]", () => {
  const rig = connected({ subscriptionCapacity: 9 });
  for (const filter of ["$share/", "$share//a", "$share/g", "$share/g/"]) {
    assert.equal(rig.client.subscribe(filter, 1, rig.now), BAD_TOPIC, filter);
  }
  for (const filter of ["$share/g/a", "$share/g//", "$share/group/+/#", "$shared", "$SYS/#"]) {
    assert.ok(rig.client.subscribe(filter, 1, rig.now) >= 0, filter);
  }
});

test("a group's name has no wildcard in it [MQTT-4.8.2-2]", () => {
  const rig = connected();
  for (const filter of ["$share/+/a", "$share/#", "$share/#/a", "$share/g+/a"]) {
    assert.equal(rig.client.subscribe(filter, 1, rig.now), BAD_TOPIC, filter);
  }
});
