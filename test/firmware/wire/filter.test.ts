import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Filter } from "../../../firmware/wire/filter.js";
import { Watched } from "../watched.js";

function matches(filter: string, topic: string): boolean {
  const { bytes, offset, length } = new Watched(topic);
  return new Filter(filter).matches(bytes, offset, length);
}

/** As the standard words it: levels of both, side by side. */
function expectedMatch(filter: string, topic: string): boolean {
  const shared = /^\$share\/[^/+#]+\/(.*)$/s.exec(filter);
  const wanted = (shared?.[1] ?? filter).split("/");
  const levels = topic.split("/");
  if (topic.startsWith("$") && /^[+#]/.test(wanted[0] ?? "")) return false;
  if (wanted.at(-1) === "#") {
    wanted.pop();
    if (levels.length < wanted.length) return false;
    levels.length = wanted.length;
  }
  return (
    levels.length === wanted.length &&
    wanted.every((level, i) => level === "+" || level === levels[i])
  );
}

for (const [filter, topic, isMatch] of [
  ["a/b", "a/b", true],
  ["a/b", "a/c", false],
  ["a/b", "a", false],
  ["a/b", "a/b/c", false],
  ["a", "ab", false],
  ["ab", "a", false],
  ["a", "A", false],
  ["#", "a", true],
  ["#", "a/b/c", true],
  ["#", "/", true],
  ["a/#", "a", true],
  ["a/#", "a/", true],
  ["a/#", "a/b/c", true],
  ["a/#", "ab", false],
  ["a/#", "ab/c", false],
  ["a/b/#", "a", false],
  ["+", "a", true],
  ["+", "a/b", false],
  ["+", "/a", false],
  ["/+", "/a", true],
  ["+/+", "/a", true],
  ["a/+", "a", false],
  ["a/+", "a/", true],
  ["a/+/c", "a//c", true],
  ["a/+/c", "a/bb/c", true],
  ["a/+/c", "a/b/d", false],
  ["a/+/#", "a/b", true],
  ["a/+/#", "a", false],
  ["+/#", "a", true],
  ["/", "/", true],
  ["/", "a", false],
  ["a/", "a", false],
  ["a//", "a/", false],
  ["a//b", "a//b", true],
  ["a//b", "a/b", false],
  ["ü/+", "ü/水", true],
  ["$SYS/#", "$SYS/uptime", true],
  ["$SYS/+", "$SYS/uptime", true],
  ["$shared/a", "$shared/a", true],
  ["$share", "$share", true],
  ["$share/g/a/b", "a/b", true],
  ["$share/g/a/b", "$share/g/a/b", false],
  ["$share/g/a/#", "a", true],
  ["$share/g/+", "b", true],
  ["$share/g//a", "/a", true],
  ["$share/g/$SYS/#", "$SYS/x", true],
  ["$share/ü/a", "a", true],
] as const) {
  test(`the filter "${filter}" ${isMatch ? "matches" : "does not match"} "${topic}"`, () => {
    assert.equal(matches(filter, topic), isMatch);
    assert.equal(expectedMatch(filter, topic), isMatch);
  });
}

test("a wildcard at the beginning does not match a topic that begins with $", () => {
  for (const filter of ["#", "+", "+/a", "+/#", "$share/g/#", "$share/g/+/a"]) {
    for (const topic of ["$", "$SYS", "$SYS/a"]) assert.equal(matches(filter, topic), false);
  }
  assert.equal(matches("a/#", "a/$SYS"), true);
});

test("a filter that breaks the rules is refused at once [MQTT-4.7.1-2] [MQTT-4.7.1-3]", () => {
  for (const filter of ["", "a#", "a/#/b", "a+", "+a", "#/", "a\0", "a".repeat(65_536)]) {
    assert.throws(() => new Filter(filter), /bad topic filter/, filter.slice(0, 9));
  }
  assert.equal(new Filter("a".repeat(65_535)).bytes.length, 65_535);
});

test("a shared subscription has a name without wildcards, and a filter", () => {
  for (const filter of [
    "$share/",
    "$share/g",
    "$share/g/",
    "$share//a",
    "$share/+/a",
    "$share/#",
    "$share/#/a",
    "$share/g+/a",
    "$share/g/a#",
  ]) {
    assert.throws(() => new Filter(filter), /bad topic filter/, filter);
  }
  assert.equal(Buffer.from(new Filter("$share/g/a/+").bytes).toString(), "$share/g/a/+");
});

const level = fc.constantFrom("", "a", "b", "ab", "$", "ü");
const topic = fc.array(level, { minLength: 1, maxLength: 5 }).map((levels) => levels.join("/"));
const filter = fc
  .tuple(
    fc.array(fc.oneof(level, fc.constant("+")), { minLength: 1, maxLength: 5 }),
    fc.boolean(),
    fc.constantFrom("", "$share/g/"),
  )
  .map(([levels, isOpen, share]) => share + (isOpen ? [...levels.slice(1), "#"] : levels).join("/"))
  .filter((text) => text !== "" && text !== "$share/g/");

test("any filter matches any topic, or not, as level by level", () => {
  let count = 0;
  fc.assert(
    fc.property(
      filter,
      topic.filter((text) => text !== ""),
      (wanted, name) => {
        const isMatch = expectedMatch(wanted, name);
        if (isMatch) count++;
        assert.equal(matches(wanted, name), isMatch);
      },
    ),
    { numRuns: 10_000 },
  );
  assert.ok(count > 200, `${count} matched`);
});

test("every topic with its levels replaced by wildcards is matched", () => {
  fc.assert(
    fc.property(
      topic.filter((text) => text !== "" && !text.startsWith("$")),
      fc.array(fc.boolean()),
      fc.nat(6),
      (name, isWild, open) => {
        const levels = name.split("/").map((text, i) => (isWild[i] ? "+" : text));
        if (open <= levels.length) levels.splice(open, levels.length, "#");
        const wanted = levels.join("/");
        if (wanted !== "") assert.equal(matches(wanted, name), true, `${wanted} ${name}`);
      },
    ),
    { numRuns: 2000 },
  );
});
