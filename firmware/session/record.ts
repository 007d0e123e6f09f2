import { EXPIRY, V5 } from "../features.js";

// A record of the outbox: a header, and behind it the encoded packet.
/** 2 bytes: the packet's. */
export const LENGTH = 0;
/** 1 byte: a state, above it the priority, above that what kind of record it is. */
export const STATE = 2;
/** 2 bytes: the packet identifier, 0 at QoS 0. */
export const PACKET_ID = 3;
/** 2 bytes. */
export const TOKEN = 5;
/** 4 bytes: when it expires, in milliseconds. */
export const EXPIRES_AT = 7;
/** 1 byte: the topic's alias, or 0. */
export const ALIAS = EXPIRY ? 11 : 7;
/** Bytes that a packet costs in the outbox beyond its own. */
export const RECORD = ALIAS + (V5 ? 1 : 0);

// The states of a record, in the order in which it goes through them.
/** It has never been written whole. */
export const QUEUED = 0;
/** Written whole, and its acknowledgement is awaited. */
export const SENT = 1;
/** QoS 2: PUBREC came. Only a PUBREL is left of the packet, which is owed or sent. */
export const RELEASED = 2;
/** Done; its bytes are room again once the records before it are done or the outbox is compacted. */
export const DONE = 3;

export const STATE_MASK = 0x03;
export const PRIORITY_SHIFT = 2;
/** Three bits of priority would leave none to spare; two do. */
export const PRIORITY_MASK = 0x0c;
/** The record holds a streamed publish's header; its payload comes from a source. */
export const STREAMED = 0x10;
/** `EXPIRES_AT` holds a time. */
export const EXPIRES = 0x20;
/** In the journal it counts as sent, although it is not written whole yet. */
export const NOTED = 0x40;
