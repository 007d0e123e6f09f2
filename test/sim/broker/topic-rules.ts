import type { RuleName, Version } from "./rules.js";

const SHARE = "$share/";

/** The rule that a topic filter breaks, if any. */
export function filterFault(filter: string, version: Version): RuleName | undefined {
  if (filter === "") return "emptyFilter";
  if (version === 5 && isShared(filter)) {
    const [, name = "", ...levels] = filter.split("/");
    if (name === "" || levels.join("/") === "") return "shareForm";
    if (/[+#]/.test(name)) return "shareName";
  }
  const levels = filter.split("/");
  for (const [index, level] of levels.entries()) {
    if (level.includes("#") && (level !== "#" || index < levels.length - 1)) return "hash";
    if (level.includes("+") && level !== "+") return "plus";
  }
  return undefined;
}

export function isShared(filter: string): boolean {
  return filter.startsWith(SHARE);
}

/** The filter proper of a shared subscription; others are passed as they are. */
export function withoutShare(filter: string, version: Version): string {
  if (version === 4 || !isShared(filter)) return filter;
  return filter.slice(filter.indexOf("/", SHARE.length) + 1);
}

export function hasWildcard(topic: string): boolean {
  return /[+#]/.test(topic);
}

/** Whether a topic name matches a filter. A leading wildcard spares names with $. [MQTT-4.7.2-1] */
export function matches(filter: string, topic: string): boolean {
  if (topic.startsWith("$") && /^[+#]/.test(filter)) return false;
  const levels = topic.split("/");
  const wanted = filter.split("/");
  for (const [index, level] of wanted.entries()) {
    if (level === "#") return true;
    if (index >= levels.length) return false;
    if (level !== "+" && level !== levels[index]) return false;
  }
  return wanted.length === levels.length;
}
