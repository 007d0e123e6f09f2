import { linkDecoderTarget } from "./link-decoder-target.js";
import { linkTarget } from "./link-target.js";
import { mqttTargets } from "./mqtt-target.js";
import type { Target } from "./target.js";

/** Everything that is fuzzed. */
export const TARGETS: readonly Target[] = [...mqttTargets, linkDecoderTarget, linkTarget];
