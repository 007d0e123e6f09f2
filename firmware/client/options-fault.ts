import { V5 } from "../features.js";
import type { ClientOptions } from "../session/options.js";
import type { Will } from "../wire/connect.js";
import { connectProperties, willProperties } from "../wire/connect-properties.js";
import { CONNECT } from "../wire/packet-type.js";
import { arePropertiesLegal } from "../wire/properties-fault.js";
import { WILL_PROPERTIES } from "../wire/property-table.js";
import { encodeText, isWellFormed } from "../wire/text.js";
import { isTopicName } from "../wire/topic.js";

const LONGEST_FIELD = 65535;

/**
 * Says in one phrase what is wrong with a client's options; empty when nothing is. The runtime asks it at
 * start; a client that is made without it trusts its maker.
 */
export function optionsFault(options: ClientOptions): string {
  const isV5 = V5 && options.protocolVersion === 5;
  if (options.clientId === "" && !options.cleanSession && !isV5) {
    return "client identifier: may be empty only with cleanSession"; // [MQTT-3.1.3-7]
  }
  if (!isText(options.clientId)) return "client identifier: no text that MQTT can carry";
  if (options.userName !== undefined && !isText(options.userName)) {
    return "user name: no text that MQTT can carry";
  }
  if (options.password && options.userName === undefined && !isV5) {
    return "password: needs a user name"; // [MQTT-3.1.2-22]
  }
  if (!(options.keepAliveSeconds >= 0 && options.keepAliveSeconds <= 65535)) {
    return "keepAliveSeconds: 0 to 65535";
  }
  if (isV5 && !arePropertiesLegal(connectProperties(options, 1, 0), CONNECT)) {
    return "properties: such that a CONNECT may not have, or twice";
  }
  return options.will ? willFault(options.will, isV5) : "";
}

function willFault(will: Will, isV5: boolean): string {
  const topic = encodeText(will.topic);
  if (!isTopicName(topic, 0, topic.length)) return "will: its topic breaks the rules of MQTT §4.7";
  if (!(will.qos >= 0 && will.qos <= 2)) return "will: QoS must be 0, 1 or 2"; // [MQTT-3.1.2-14]
  if (will.payload.length > LONGEST_FIELD) return "will: payload of at most 65535 bytes";
  if (isV5 && !arePropertiesLegal(willProperties(will), WILL_PROPERTIES)) {
    return "will: properties that a will may not have, or twice";
  }
  return "";
}

/** Tells whether a string fits a packet: no U+0000, at most 65535 bytes. [MQTT-1.5.3-2] */
function isText(text: string): boolean {
  const bytes = encodeText(text);
  return bytes.length <= LONGEST_FIELD && isWellFormed(bytes, 0, bytes.length);
}
