import { expect, test } from "vitest";
import { Keys, shardOf, TASK_SHARDS, ttl } from "./keys.ts";

const keys = new Keys("slipway");
const HOSTILE = [
  "",
  "%",
  "%7b",
  "a",
  "}",
  "{",
  "{}",
  "}x",
  "a}b",
  "a{b",
  "a%7db",
  "{a}",
  "a}:log:x{",
  "x".repeat(1000),
];

/** What Redis takes as the hash tag of a key. */
function tagOf(key: string): string {
  const open = key.indexOf("{");
  const close = key.indexOf("}", open);
  return key.slice(open + 1, close);
}

test("the keys of a session have one hash tag, which is never empty and no other session's", () => {
  const tags = HOSTILE.map((id) => tagOf(keys.session(id)));
  expect(new Set(tags).size).toBe(HOSTILE.length);
  for (const [index, id] of HOSTILE.entries()) {
    expect(tags[index]).not.toBe("");
    for (const rest of [":calls", ":log:", ":log:{x}", ":log:}"])
      expect(tagOf(keys.session(id) + rest)).toBe(tags[index]);
  }
});

test("no key of one session is a key of another", () => {
  const all = HOSTILE.flatMap((id) =>
    ["", ":logs", ...HOSTILE.map((stream) => `:log:${stream}`)].map((rest) => keys.session(id) + rest),
  );
  expect(new Set(all).size).toBe(all.length);
});

test("tasks are spread over all shards, and each is in the slot of its list", () => {
  const shards = new Map<number, number>();
  for (let index = 0; index < 1600; index++) {
    const id = crypto.randomUUID();
    const shard = shardOf(id);
    shards.set(shard, (shards.get(shard) ?? 0) + 1);
    expect(tagOf(keys.task(id))).toBe(tagOf(keys.working(shard)));
    expect(keys.task(id)).toBe(keys.tasksOf(shard) + id);
  }
  expect([...shards.keys()].sort((one, other) => one - other)).toEqual(
    Array.from({ length: TASK_SHARDS }, (_, shard) => shard),
  );
  expect(Math.min(...shards.values())).toBeGreaterThan(50);
});

test("the shard of an id never changes", () => {
  expect(["", "a", "task", "0b7b1b0e-1f5c-4f0e-9e55-3f6f4d3c2b1a", "船"].map(shardOf)).toEqual([
    0, 1, 5, 14, 9,
  ]);
});

test("a time to live is a whole number of milliseconds, and finite", () => {
  expect([0, 0.2, 1.5, 60_000].map(ttl)).toEqual([1, 1, 2, 60_000]);
  expect(ttl(Number.POSITIVE_INFINITY)).toBe(ttl(1e300));
  expect(Number.isSafeInteger(ttl(Number.POSITIVE_INFINITY))).toBe(true);
});
