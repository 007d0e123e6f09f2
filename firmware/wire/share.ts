import { BAD_TOPIC } from "../status.js";

const SHARE = "$share/";

/**
 * Tells how a filter begins: `$share/<name>/<filter>` asks for a shared subscription.
 *
 * @returns where the name ends, in characters; 0: it is not shared; or BAD_TOPIC: no name, or nothing behind
 * @see MQTT 5 §4.8.2
 */
export function shareEnd(filter: string): number {
  "cold";
  if (filter.indexOf(SHARE) !== 0) return 0;
  const end = filter.indexOf("/", SHARE.length);
  if (end <= SHARE.length || end + 1 === filter.length) return BAD_TOPIC; // [MQTT-4.8.2-1]
  for (let i = SHARE.length; i < end; i++) {
    const character = filter.charAt(i);
    if (character === "+" || character === "#") return BAD_TOPIC; // [MQTT-4.8.2-2]
  }
  return end;
}
