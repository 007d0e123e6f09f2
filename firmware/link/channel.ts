// Each channel carries whole packets of its own, in order.

/** Opcodes of control.ts. */
export const CONTROL = 0;
/** Text both ways, as of a terminal. */
export const CONSOLE = 1;
/** A stream of MQTT packets. */
export const MQTT = 2;
/** Packets that may overtake those on MQTT. */
export const URGENT = 3;
export const FILES = 4;
