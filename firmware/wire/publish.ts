import { INCOMPLETE, MALFORMED } from "../status.js";
import {
  decodeUint16,
  encodeField,
  encodeFixedHeader,
  encodeUint16,
  remainingLengthSize,
} from "./field.js";
import { PUBLISH, QOS_SHIFT } from "./packet-type.js";

const NO_BYTES = new Uint8Array(0);

/** Where the parts of one PUBLISH lie in the packet that it was decoded from. */
export class PublishFields {
  /** The packet's storage, which the offsets point into. */
  bytes: Uint8Array = NO_BYTES;
  /** True when the packet was larger than the receive buffer: this is its beginning. */
  isTruncated = false;
  topicOffset = 0;
  topicLength = 0;
  packetId = 0; // 0 when qos is 0
  payloadOffset = 0;
  payloadLength = 0;
  qos = 0;
  retain = false;
  dup = false;
}

/** How many bytes a PUBLISH takes. */
export function publishLength(topicLength: number, payloadLength: number, qos: number): number {
  const remainingLength = 2 + topicLength + (qos === 0 ? 0 : 2) + payloadLength;
  return 1 + remainingLengthSize(remainingLength) + remainingLength;
}

/**
 * Writes a PUBLISH up to its payload, which the caller puts behind it.
 *
 * @param flags    QoS and RETAIN as in the first byte; DUP is never set on a first send [MQTT-4.3.2-1]
 * @param packetId 1 to 65535; ignored at QoS 0
 * @returns the offset where the payload belongs
 * @see MQTT 3.1.1 §3.3
 */
export function encodePublishHeader(
  topic: Uint8Array,
  payloadLength: number,
  flags: number,
  packetId: number,
  out: Uint8Array,
  outOffset: number,
): number {
  const isAcknowledged = flags >> QOS_SHIFT !== 0;
  const remainingLength = 2 + topic.length + (isAcknowledged ? 2 : 0) + payloadLength;
  outOffset = encodeFixedHeader((PUBLISH << 4) | flags, remainingLength, out, outOffset);
  outOffset = encodeField(topic, out, outOffset);
  return isAcknowledged ? encodeUint16(packetId, out, outOffset) : outOffset;
}

/**
 * Decodes the variable header of one whole PUBLISH.
 *
 * @param bytes  packet storage, borrowed; `into` points into it until it is next written
 * @param offset first byte after the fixed header
 * @param end    one past the last byte of the packet
 * @param flags  low four bits of the fixed header
 * @param into   overwritten; unchanged unless the result is 0
 * @returns 0, MALFORMED (QoS 3, DUP at QoS 0, empty topic, identifier 0) or INCOMPLETE (fields run past `end`)
 * @see MQTT 3.1.1 §3.3
 */
export function decodePublish(
  bytes: Uint8Array,
  offset: number,
  end: number,
  flags: number,
  into: PublishFields,
): number {
  const qos = (flags >> QOS_SHIFT) & 3;
  if (qos === 3) return MALFORMED; // [MQTT-3.3.1-4]
  if (qos === 0 && flags & 8) return MALFORMED; // [MQTT-3.3.1-2]
  if (end - offset < 2) return INCOMPLETE;
  const topicLength = decodeUint16(bytes, offset);
  if (topicLength === 0) return MALFORMED; // [MQTT-4.7.3-1]
  const afterTopic = offset + 2 + topicLength;
  const payloadOffset = qos === 0 ? afterTopic : afterTopic + 2;
  if (payloadOffset > end) return INCOMPLETE;
  const packetId = qos === 0 ? 0 : decodeUint16(bytes, afterTopic);
  if (qos !== 0 && packetId === 0) return MALFORMED; // [MQTT-2.3.1-1]
  into.bytes = bytes;
  into.topicOffset = offset + 2;
  into.topicLength = topicLength;
  into.packetId = packetId;
  into.payloadOffset = payloadOffset;
  into.payloadLength = end - payloadOffset;
  into.qos = qos;
  into.retain = (flags & 1) === 1;
  into.dup = (flags & 8) === 8;
  return 0;
}
