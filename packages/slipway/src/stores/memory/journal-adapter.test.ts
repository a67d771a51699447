import { expect, test } from "vitest";
import { journalContract, runContract } from "../../testing/index.ts";
import { InMemoryJournalAdapter, type InMemoryJournalOptions } from "./journal-adapter.ts";

function adapterAt(options: InMemoryJournalOptions = {}) {
  const clock = { now: 1_000_000 };
  return { clock, adapter: new InMemoryJournalAdapter({ now: () => clock.now, ...options }) };
}

test("the adapter keeps the contract of a journal adapter", async () => {
  const report = await runContract(journalContract, {
    makeInstances: (count) => Array<InMemoryJournalAdapter>(count).fill(new InMemoryJournalAdapter()),
  });
  expect(report.failed).toEqual([]);
  expect(report.skipped).toEqual([]);
  expect(report.passed).toHaveLength(6);
});

test("a journal is kept for exactly its time", () => {
  const { adapter, clock } = adapterAt();
  const id = adapter.put("sealed", 1000);
  clock.now += 999;
  expect(adapter.get(id)).toBe("sealed");
  clock.now += 1;
  expect(adapter.get(id)).toBeUndefined();
});

test("journals are forgotten in the order in which they expire, not in which they came", () => {
  const { adapter, clock } = adapterAt();
  const lives = [500, 100, 300, 100, 400, 200];
  const ids = lives.map((ttlMs) => adapter.put(String(ttlMs), ttlMs));
  for (const passed of [100, 200, 300, 400, 500]) {
    clock.now = 1_000_000 + passed;
    const held = ids.map((id) => adapter.get(id));
    expect(held).toEqual(lives.map((ttlMs) => (ttlMs > passed ? String(ttlMs) : undefined)));
    expect(adapter.size).toBe(lives.filter((ttlMs) => ttlMs > passed).length);
  }
});

test("a full adapter refuses a journal, keeps those it took, and takes more when some have expired", () => {
  const { adapter, clock } = adapterAt({ maxEntries: 2 });
  const short = adapter.put("short", 100);
  const long = adapter.put("long", 1000);
  expect(() => adapter.put("one too many", 1000)).toThrow(/raise maxEntries or maxBytes/);
  expect([adapter.get(short), adapter.get(long)]).toEqual(["short", "long"]);
  clock.now += 100;
  expect(adapter.get(adapter.put("fits", 1000))).toBe("fits");
});

test("the journals' length is bounded", () => {
  const { adapter, clock } = adapterAt({ maxBytes: 10 });
  adapter.put("123456", 100);
  expect(() => adapter.put("78901", 100)).toThrow(/No room for a journal of 5 characters/);
  adapter.put("7890", 100);
  clock.now += 100;
  expect(adapter.get(adapter.put("1234567890", 100))).toBe("1234567890");
});

test("a journal without any time is never found", () => {
  const { adapter } = adapterAt();
  expect(adapter.get(adapter.put("sealed", 0))).toBeUndefined();
});
