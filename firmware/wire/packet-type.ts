/** Control packet types, the high four bits of the first byte. @see MQTT 3.1.1 §2.2.1 */
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
export const PINGREQ = 12;
export const PINGRESP = 13;
export const DISCONNECT = 14;

/** Flags of a PUBLISH, the low four bits of its first byte. @see MQTT 3.1.1 §3.3.1 */
export const RETAIN = 0x01;
export const QOS_SHIFT = 1;
export const DUP = 0x08;

/** The flags that PUBREL, SUBSCRIBE and UNSUBSCRIBE must carry. [MQTT-2.2.2-1] */
export const RESERVED_FLAGS = 0x02;
