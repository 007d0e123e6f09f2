import type { Features } from "./features.js";

const SMALLEST: Features = {
  V5: false,
  QOS2: false,
  WILL: false,
  POLICIES: false,
  EXPIRY: false,
  OUTCOMES: false,
  STREAMS: false,
  JOURNAL: false,
  ECMA_IO: false,
  CHECKS: false,
  STATISTICS: false,
};

/** What builds for small boards carry, by name. */
export const FEATURE_SETS = {
  /** MQTT 3.1.1, QoS 0 and 1. */
  qos01: SMALLEST,
  /** MQTT 3.1.1 with all QoS and a will. */
  full: { ...SMALLEST, QOS2: true, WILL: true },
  /** Everything, MQTT 5 too. */
  v5: { JOURNAL: false },
} as const satisfies Readonly<Record<string, Features>>;
