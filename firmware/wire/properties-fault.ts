import { CHECKS } from "../features.js";
import { PUBLISH } from "./packet-type.js";
import { RESPONSE_TOPIC, SUBSCRIPTION_IDENTIFIER, TOPIC_ALIAS } from "./property-id.js";
import { PropertyReader } from "./property-reader.js";
import { isTopicName } from "./topic.js";

/**
 * Tells whether properties may stand in a packet that a client sends.
 *
 * @param encoded    with their length in front
 * @param packetType of the packet; WILL_PROPERTIES for those of a will
 */
export function arePropertiesLegal(encoded: Uint8Array, packetType: number): boolean {
  "cold";
  if (!CHECKS) return true;
  const properties = new PropertyReader();
  if (properties.open(encoded, 0, encoded.length, packetType) !== encoded.length) return false;
  for (;;) {
    const id = properties.read();
    if (id === 0) return true;
    // A client must not send the one [MQTT-3.3.4-6], and gives the other itself [MQTT-3.3.2-8].
    const isForbidden = id === SUBSCRIPTION_IDENTIFIER || id === TOPIC_ALIAS;
    if (isForbidden && packetType === PUBLISH) return false;
    const isResponse = id === RESPONSE_TOPIC; // [MQTT-3.3.2-14]
    if (isResponse && !isTopicName(encoded, properties.offset, properties.length)) return false;
  }
}
