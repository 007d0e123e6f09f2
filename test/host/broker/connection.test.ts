import assert from "node:assert/strict";
import { test } from "node:test";
import { brokerConnector, formatBroker, parseBrokerUrl } from "../../../host/broker/connection.js";
import { HostError } from "../../../host/error.js";

test("mqtt and mqtts have their registered ports", () => {
  assert.deepEqual(parseBrokerUrl("mqtt://a.example"), {
    tls: false,
    host: "a.example",
    port: 1883,
  });
  assert.deepEqual(parseBrokerUrl("mqtts://a.example/"), {
    tls: true,
    host: "a.example",
    port: 8883,
  });
});

test("an IPv6 address is written in brackets and read without", () => {
  const address = parseBrokerUrl("mqtt://[::1]:1884");
  assert.equal(address.host, "::1");
  assert.equal(formatBroker(address), "mqtt://[::1]:1884");
});

const MALFORMED = [
  "",
  "localhost",
  "localhost:1883",
  "127.0.0.1:1883",
  "http://localhost",
  "mqtt://",
  "mqtt://:1883",
  "mqtt://host:99999",
  "mqtt://host:0",
  "mqtt://host:x",
  "mqtt://host/path",
  "mqtt://host?x=1",
  "mqtt://ho st",
];
for (const url of MALFORMED) {
  test(`"${url}" is refused as a usage error`, () => {
    assert.throws(
      () => parseBrokerUrl(url),
      (error) => isUsage(error),
    );
  });
}

test("credentials in a broker URL are refused and not repeated in the message", () => {
  for (const url of [
    "mqtt://user:s3cret@host",
    "mqtt://user:s3cret@host:99999",
    "x://u:s3cret@h",
  ]) {
    assert.throws(
      () => parseBrokerUrl(url),
      (error) => isUsage(error) && !error.message.includes("s3cret"),
    );
  }
});

test("a connection that aborts rejects", async () => {
  const abort = new AbortController();
  abort.abort();
  const connect = brokerConnector({ tls: false, host: "127.0.0.1", port: 1 });
  await assert.rejects(connect(abort.signal));
});

test("a broker that is not there is an error that names it", async () => {
  const connect = brokerConnector({ tls: false, host: "127.0.0.1", port: 1 });
  await assert.rejects(connect(new AbortController().signal), /mqtt:\/\/127\.0\.0\.1:1/);
});

function isUsage(error: unknown): error is HostError {
  return error instanceof HostError && error.code === "usage";
}
