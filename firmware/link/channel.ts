// Each channel carries whole packets of its own, in order.

/** Opcodes of control.ts. */
export const CONTROL = 0;
/** Text both ways, as of a terminal. */
export const CONSOLE = 1;
/** A stream of MQTT packets. */
export const MQTT = 2;
/** MQTT packets that may overtake those on MQTT: each in one frame. */
export const URGENT = 3;
/** Messages of file.ts. */
export const FILES = 4;
/** Control messages open and close what MQTT carries: the two keep their order, so they wait in one queue. */
const QUEUES = [1, 2, 1, 0, 3, 4, 4, 4];
/** The queue of URGENT: the first. */
export const URGENT_QUEUE = 0;
export const QUEUE_COUNT = 5;

/** The queue that a channel's frames wait in; those of a lower number leave first. */
export function queueOf(channel: number): number {
  return QUEUES[channel];
}
