import assert from "node:assert/strict";
import { test } from "node:test";
import type { IPublishPacket, ISubscription } from "mqtt-packet";
import { BrokerModel } from "../sim/broker/broker.js";
import type { BrokerOptions } from "../sim/broker/options.js";
import { RULES, type RuleName, type Version } from "../sim/broker/rules.js";
import { RawClient, text } from "../sim/raw-client.js";

/** What a client does that breaks one rule and no other. */
type Offence = (client: RawClient, broker: BrokerModel) => void;

const WILL = 4;
const USER = 0x80;
const PASSWORD = 0x40;

/** CONNECT with these flags, the properties that 5 needs, and this payload after the client identifier. */
function connectWith(flags: number, ...payload: (number | Uint8Array)[]): Offence {
  return (client) => {
    const properties = client.version === 5 ? [0] : [];
    const head = [...text("MQTT"), client.version, flags, 0, 0, ...properties];
    client.sayRaw(0x10, ...head, text("c"), ...payload);
  };
}

/** Connects first. */
function connected(offence: Offence): Offence {
  return (client, broker) => {
    client.connect();
    offence(client, broker);
  };
}

/** Connects in a way of its own: properties of CONNACK. */
function granted(properties: BrokerOptions["connackProperties"], offence: Offence): Offence {
  return (client, broker) => {
    broker.options.connackProperties = properties;
    client.connect();
    offence(client, broker);
  };
}

/** Publishes with properties. */
function publishing(fields: Partial<IPublishPacket>): Offence {
  return (client) =>
    client.say({
      cmd: "publish",
      topic: "t",
      payload: "p",
      qos: 0,
      dup: false,
      retain: false,
      ...fields,
    });
}

function subscribing(subscription: Partial<ISubscription>, identifier?: number): Offence {
  return (client) => {
    const properties = identifier === undefined ? {} : { subscriptionIdentifier: identifier };
    const wanted: ISubscription = { topic: "t", qos: 0, ...subscription };
    client.say({ cmd: "subscribe", messageId: 1, subscriptions: [wanted], properties });
  };
}

/** Bytes of PUBLISH, QoS 0, topic t, with properties in 5. */
function publishRaw(properties: number[], payload = "p"): Offence {
  return connected((client) =>
    client.sayRaw(0x30, text("t"), properties.length, ...properties, payload),
  );
}

/** The broker sends two messages of this QoS, with the identifiers 1 and 2. */
function served(qos: 1 | 2, offence: Offence): Offence {
  return connected((client, broker) => {
    client.say({ cmd: "subscribe", messageId: 9, subscriptions: [{ topic: "d", qos }] });
    broker.publish("d", "1", { qos });
    broker.publish("d", "2", { qos });
    client.take();
    offence(client, broker);
  });
}

function answer(client: RawClient, cmd: "puback" | "pubrec" | "pubrel" | "pubcomp", id: number) {
  client.say({ cmd, messageId: id, reasonCode: 0 });
}

const AUTHENTICATING: Partial<BrokerOptions> = {
  authenticate: ({ step, isReauthentication }) => ({
    reasonCode: step === 0 && !isReauthentication ? 0x18 : 0,
  }),
};

function authenticating(offence: Offence, isDone = false): Offence {
  return (client, broker) => {
    Object.assign(broker.options, AUTHENTICATING);
    client.connect({ properties: { authenticationMethod: "m" } });
    const properties = { authenticationMethod: "m" };
    if (isDone) client.say({ cmd: "auth", reasonCode: 0x18, properties });
    client.take();
    offence(client, broker);
  };
}

const OFFENCES: Readonly<Record<RuleName, Offence>> = {
  integerTooLong: connected((client) => client.sayBytes(Uint8Array.from([0xc0, 0x80, 0]))),
  integerTooLarge: connected((client) =>
    client.sayBytes(Uint8Array.from([0x30, 0xff, 0xff, 0xff, 0xff])),
  ),
  reservedType: connected((client) => client.sayRaw(0x00)),
  serverPacket: connected((client) => client.sayRaw(0xd0)),
  flags: connected((client) => client.sayRaw(0xc1)),
  pubrelFlags: connected((client) => client.sayRaw(0x60, 0, 1)),
  subscribeFlags: connected((client) => client.sayRaw(0x80, 0, 1, 0, 1, 97, 0)),
  unsubscribeFlags: connected((client) => client.sayRaw(0xa0, 0, 1, 0, 1, 97)),
  disconnectFlags: connected((client) => client.sayRaw(0xe1)),
  authFlags: connected((client) => client.sayRaw(0xf1)),
  truncated: connected((client) => client.sayRaw(0x40, 1)),
  trailing: connected((client) => client.sayRaw(0xc0, 0)),
  illFormedText: connected((client) =>
    client.sayRaw(0x30, 0, 3, 0xed, 0xa0, 0x80, ...propertiesOf(client)),
  ),
  nulInText: connected((client) => client.sayRaw(0x30, text("a\0"), ...propertiesOf(client))),
  illFormedPair: publishRaw([38, 0, 1, 0xff, 0, 1, 97]),
  zeroId: connected((client) => client.sayRaw(0x32, text("t"), 0, 0, ...propertiesOf(client))),
  zeroIdInAnswer: connected((client) => client.sayRaw(0x40, 0, 0)),

  noPropertyLength: connected((client) => client.sayRaw(0x30, text("t"))),
  unknownProperty: publishRaw([0x7f, 0]),
  foreignProperty: publishRaw([17, 0, 0, 0, 1]),
  propertyTwice: publishRaw([2, 0, 0, 0, 0, 2, 0, 0, 0, 0]),
  propertyValue: publishRaw([1, 2]),
  responseTopic: publishRaw([8, 0, 1, 0x23]),
  payloadFormat: connected((client) =>
    client.sayRaw(0x30, text("t"), 2, 1, 1, Uint8Array.from([0xff])),
  ),
  pubackCode: connected((client) => client.sayRaw(0x40, 0, 1, 0x92)),
  pubrecCode: connected((client) => client.sayRaw(0x50, 0, 1, 0x92)),
  pubrelCode: connected((client) => client.sayRaw(0x62, 0, 1, 0x80)),
  pubcompCode: connected((client) => client.sayRaw(0x70, 0, 1, 0x80)),
  disconnectCode: connected((client) => client.sayRaw(0xe0, 0x8e)),
  authCode: connected((client) => client.sayRaw(0xf0, 0)),

  firstNotConnect: (client) => client.sayRaw(0xc0),
  secondConnect: connected((client) => client.say(client.connectPacket())),
  protocolName: (client) =>
    client.sayRaw(0x10, text("MQTX"), client.version, 2, 0, 0, ...propertiesOf(client), text("c")),
  protocolLevel: (client) =>
    client.sayRaw(0x10, text("MQTT"), client.version - 2, 2, 0, 0, text("")),
  connectReserved: connectWith(3),
  willQosWithoutWill: connectWith(2 | 8),
  willQos3: connectWith(2 | WILL | 0x18, 0, text("w"), text("")),
  willRetainNoWill: connectWith(2 | 0x20),
  passwordWithoutUser: connectWith(2 | PASSWORD, text("p")),
  clientIdMissing: (client) =>
    client.sayRaw(0x10, text("MQTT"), client.version, 2, 0, 0, ...propertiesOf(client)),
  willMissing: connectWith(2 | WILL),
  userMissing: connectWith(2 | USER),
  passwordMissing: connectWith(2 | USER | PASSWORD, text("u")),
  unannounced: connectWith(2, text("u")),
  willTopic: (client) => client.connect({ will: { topic: "a/+", payload: "" } }),
  emptyClientId: (client) => client.sayRaw(0x10, text("MQTT"), 4, 0, 0, 0, text("")),
  dataWithoutMethod: (client) =>
    client.connect({ properties: { authenticationData: Buffer.from("x") } }),
  keepAlive: (client) => {
    client.connect({ keepalive: 10 });
    client.pass(15_000);
  },
  serverKeepAlive: granted({ serverKeepAlive: 4 }, (client) => client.pass(6_000)),
  afterDisconnect: connected((client) => {
    client.say({ cmd: "disconnect", reasonCode: 0 }, { cmd: "pingreq" });
  }),
  notClosed: connected((client) => {
    client.say({ cmd: "disconnect", reasonCode: 0 });
    client.pass(1_000);
  }),
  expiryRaised: (client) => {
    client.connect({ properties: { sessionExpiryInterval: 0 } });
    client.say({ cmd: "disconnect", reasonCode: 0, properties: { sessionExpiryInterval: 9 } });
  },
  beforeConnack: authenticating((client) => client.publish(1, 0)),
  authWithoutMethod: connected((client) =>
    client.say({ cmd: "auth", reasonCode: 0x19, properties: { authenticationMethod: "m" } }),
  ),
  authMethod: authenticating((client) =>
    client.say({ cmd: "auth", reasonCode: 0x18, properties: { authenticationMethod: "n" } }),
  ),
  authContinue: authenticating((client) =>
    client.say({ cmd: "auth", reasonCode: 0x19, properties: { authenticationMethod: "m" } }),
  ),
  authMissing: authenticating((client) => client.pass(10_000)),
  authUnasked: authenticating(
    (client) =>
      client.say({ cmd: "auth", reasonCode: 0x18, properties: { authenticationMethod: "m" } }),
    true,
  ),

  qos3: connected((client) => client.sayRaw(0x36, text("t"), 0, 1, ...propertiesOf(client))),
  dupAtQos0: connected((client) => client.sayRaw(0x38, text("t"), ...propertiesOf(client))),
  topicWildcard: connected(publishing({ topic: "a/#" })),
  emptyTopic: connected(publishing({ topic: "" })),
  subscriptionId: connected(publishing({ properties: { subscriptionIdentifier: 1 } })),
  aliasZero: granted({ topicAliasMaximum: 2 }, publishing({ properties: { topicAlias: 0 } })),
  aliasForbidden: connected(publishing({ properties: { topicAlias: 1 } })),
  aliasTooLarge: granted({ topicAliasMaximum: 2 }, publishing({ properties: { topicAlias: 3 } })),
  aliasUnknown: granted({ topicAliasMaximum: 2 }, (client, broker) => {
    publishing({ properties: { topicAlias: 1 } })(client, broker);
    client.reconnect();
    publishing({ topic: "", properties: { topicAlias: 1 } })(client, broker);
  }),
  qosTooHigh: granted({ maximumQoS: 1 }, (client) => client.publish(1, 2)),
  retain: granted({ retainAvailable: false }, publishing({ retain: true })),
  tooLarge: granted({ maximumPacketSize: 20 }, publishing({ payload: "x".repeat(20) })),
  tooMany: granted({ receiveMaximum: 1 }, (client) => {
    client.publish(1, 1);
    client.publish(2, 1);
  }),
  idInUse: connected((client) => {
    client.publish(1, 1, false, "one");
    client.publish(1, 1, false, "another");
  }),
  resendWithoutDup: connected((client) => {
    client.publish(1, 1);
    client.reconnect();
    // PUBACK was taken by nobody: the client has not got it.
    client.publish(1, 1);
  }),
  dupAtFirstQos1: connected((client) => client.publish(1, 1, true)),
  dupAtFirstQos2: connected((client) => client.publish(1, 2, true)),
  resendChanged: connected((client) => {
    client.publish(1, 1);
    client.reconnect();
    client.publish(1, 1, true, "another");
  }),
  resentTwice: connected((client) => {
    client.publish(1, 1);
    client.publish(1, 1, true);
  }),
  resentDone: connected((client) => {
    client.publish(1, 1);
    client.take();
    client.reconnect();
    client.publish(1, 1, true);
  }),
  resentInNewSession: connected((client, broker) => {
    client.publish(1, 1);
    broker.forgetSession("c");
    client.reconnect();
    client.publish(1, 1, true);
  }),
  notResent: connected((client) => {
    client.publish(1, 1);
    client.reconnect();
    client.pass(10_000);
  }),
  resendOrder: connected((client) => {
    client.publish(1, 1);
    client.publish(2, 1);
    client.reconnect();
    client.publish(2, 1, true);
    client.publish(1, 1, true);
  }),
  newBeforeResend: connected((client) => {
    client.publish(1, 1);
    client.reconnect();
    client.publish(2, 1);
    client.publish(1, 1, true);
  }),
  publishAfterPubrec: connected((client) => {
    client.publish(1, 2);
    client.take();
    client.reconnect();
    client.publish(1, 2, true);
  }),

  unasked: served(1, (client) => answer(client, "puback", 7)),
  wrongAnswer: served(2, (client) => answer(client, "puback", 1)),
  pubackOrder: served(1, (client) => answer(client, "puback", 2)),
  pubrecOrder: served(2, (client) => answer(client, "pubrec", 2)),
  pubrelOrder: connected((client) => {
    client.publish(1, 2);
    client.publish(2, 2);
    client.take();
    answer(client, "pubrel", 2);
  }),
  pubackMissing: served(1, (client) => {
    answer(client, "puback", 1);
    client.pass(10_000);
  }),
  pubrecMissing: served(2, (client) => {
    answer(client, "pubrec", 1);
    client.pass(10_000);
  }),
  pubrelMissing: connected((client) => {
    client.publish(1, 2);
    client.take();
    client.pass(10_000);
  }),
  pubcompMissing: served(2, (client) => {
    answer(client, "pubrec", 1);
    answer(client, "pubrec", 2);
    client.take();
    answer(client, "pubcomp", 1);
    client.pass(10_000);
  }),
  pubrelRefused: connected((client, broker) => {
    broker.options.publishCode = () => 0x97;
    client.publish(1, 2);
    client.take();
    answer(client, "pubrel", 1);
  }),

  noFilter: connected((client) => client.sayRaw(0x82, 0, 1, ...propertiesOf(client))),
  noFilterGivenUp: connected((client) => client.sayRaw(0xa2, 0, 1, ...propertiesOf(client))),
  optionBits: connected((client) =>
    client.sayRaw(0x82, 0, 1, ...propertiesOf(client), text("t"), 0x40),
  ),
  optionValue: connected((client) =>
    client.sayRaw(0x82, 0, 1, ...propertiesOf(client), text("t"), 3),
  ),
  noLocalShared: connected(subscribing({ topic: "$share/g/t", nl: true })),
  emptyFilter: connected(subscribing({ topic: "" })),
  hash: connected(subscribing({ topic: "a/#/b" })),
  plus: connected(subscribing({ topic: "a+" })),
  shareForm: connected(subscribing({ topic: "$share//t" })),
  shareName: connected(subscribing({ topic: "$share/+/t" })),
  wildcard: granted({ wildcardSubscriptionAvailable: false }, subscribing({ topic: "a/+" })),
  identifier: granted({ subscriptionIdentifiersAvailable: false }, subscribing({}, 1)),
  shared: granted({ sharedSubscriptionAvailable: false }, subscribing({ topic: "$share/g/t" })),
};

function propertiesOf(client: RawClient): number[] {
  return client.version === 5 ? [0] : [];
}

function statementOf(rule: RuleName, version: Version): string {
  const { v4, v5, text: what } = RULES[rule];
  return `${version === 5 ? v5 : v4} ${what}`;
}

for (const version of [4, 5] as const) {
  for (const rule of Object.keys(OFFENCES).filter(isRule)) {
    if (statementOf(rule, version).startsWith(" ")) continue;
    test(`the broker model notices in ${version}: ${statementOf(rule, version)}`, () => {
      const broker = new BrokerModel();
      const client = new RawClient(broker, version);
      OFFENCES[rule](client, broker);
      const noticed = broker.violations.map((line) => line.replace(/ \(.*\)$/, ""));
      assert.deepEqual(noticed, [statementOf(rule, version)], broker.transcript.join("\n"));
      if (RULES[rule].reason > 0) assert.ok(!client.connection.isOpen, "it closes");
    });
  }
}

function isRule(name: string): name is RuleName {
  return name in RULES;
}
