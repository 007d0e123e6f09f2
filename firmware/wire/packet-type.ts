/** Control packet types, the high four bits of the first byte. @see MQTT 3.1.1 §2.2.1, MQTT 5 §2.1.2 */
export const CONNECT = 1;
export const CONNACK = 2;
export const PUBLISH = 3;
export const PUBACK = 4;
export const PUBREC = 5;
export const PUBREL = 6;
export const PUBCOMP = 7;
export const SUBSCRIBE = 8;
export const SUBACK = 9;
export const UNSUBSCRIBE = 10;
export const UNSUBACK = 11;
export const PINGRESP = 13;
export const DISCONNECT = 14;
/** MQTT 5 only. */
export const AUTH = 15;

// First bytes of the packets that a client sends, with the flags that each must carry. [MQTT-2.2.2-1]
export const PUBLISH_BYTE = 0x30;
export const PUBACK_BYTE = 0x40;
export const PUBREC_BYTE = 0x50;
export const PUBREL_BYTE = 0x62;
export const PUBCOMP_BYTE = 0x70;
export const PINGREQ_BYTE = 0xc0;
export const DISCONNECT_BYTE = 0xe0;
export const AUTH_BYTE = 0xf0;

/** Flags of a PUBLISH, the low four bits of its first byte. @see MQTT 3.1.1 §3.3.1 */
export const RETAIN = 0x01;
export const QOS_MASK = 0x06;
export const QOS_1 = 0x02;
export const QOS_2 = 0x04;
export const DUP = 0x08;

/** The flags that PUBREL, SUBSCRIBE and UNSUBSCRIBE must carry. [MQTT-2.2.2-1] */
export const RESERVED_FLAGS = 0x02;
