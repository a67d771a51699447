import { expect, test } from "vitest";
import { handleContract, runContract } from "../../testing/index.ts";
import { InMemoryHandleAdapter, type InMemoryHandleOptions } from "./handle-adapter.ts";

function adapterAt(options: InMemoryHandleOptions = {}) {
  const clock = { now: 1_000_000 };
  return { clock, adapter: new InMemoryHandleAdapter({ now: () => clock.now, ...options }) };
}

test("the adapter keeps the contract of a handle adapter", async () => {
  const report = await runContract(handleContract, {
    makeInstances: (count) => Array<InMemoryHandleAdapter>(count).fill(new InMemoryHandleAdapter()),
  });
  expect(report.failed).toEqual([]);
  expect(report.skipped).toEqual([]);
  expect(report.passed).toHaveLength(15);
});

test("a value is kept for exactly its time since its last use", () => {
  const { adapter, clock } = adapterAt();
  adapter.create("h", 1, 1000);
  clock.now += 999;
  expect(adapter.read("h", 1000)).toEqual({ value: 1, version: 1 });
  clock.now += 999;
  expect(adapter.write("h", 2, 1, 500)).toBe(true);
  clock.now += 499;
  expect(adapter.read("h", 1)).toEqual({ value: 2, version: 2 });
  clock.now += 1;
  expect(adapter.read("h", 1000)).toBeUndefined();
  expect(adapter.size).toBe(0);
});

test("expired values are forgotten when any other is used", () => {
  const { adapter, clock } = adapterAt();
  for (let index = 0; index < 50; index++) adapter.create(`h${index}`, index, 100 + index);
  adapter.create("long", 1, 1000);
  clock.now += 125;
  expect(adapter.size).toBe(51);
  adapter.read("long", 1000);
  expect(adapter.size).toBe(25);
});

test("a full adapter refuses a value, keeps those it took, and takes more when some have expired", () => {
  const { adapter, clock } = adapterAt({ maxHandles: 2 });
  adapter.create("short", 1, 100);
  adapter.create("long", 2, 1000);
  expect(() => adapter.create("more", 3, 100)).toThrow(/raise maxHandles/);
  clock.now += 100;
  adapter.create("more", 3, 100);
  expect(adapter.read("long", 1000)?.value).toBe(2);
});

test("the values' length is bounded, and what is replaced or gone makes room", () => {
  const { adapter, clock } = adapterAt({ maxBytes: 10 });
  adapter.create("h", "12345678", 1000);
  expect(() => adapter.create("i", 1, 1000)).toThrow(/No room for a value of 1 characters/);
  expect(() => adapter.write("h", "123456789", 1, 1000)).toThrow(/raise maxBytes/);
  expect(adapter.read("h", 1000)).toEqual({ value: "12345678", version: 1 });
  adapter.write("h", "1234", 1, 1000);
  adapter.create("i", 12, 1000);
  adapter.delete("i");
  adapter.create("j", "12", 100);
  clock.now += 100;
  adapter.create("k", "34", 100);
  expect(() => adapter.create("l", 1, 100)).toThrow(/raise maxBytes/);
});

test("what is no JSON value is refused", () => {
  const { adapter } = adapterAt();
  expect(() => adapter.create("h", undefined, 1000)).toThrow(/Expected a JSON value as a handle's value/);
  adapter.create("h", 1, 1000);
  expect(() => adapter.write("h", () => {}, 1, 1000)).toThrow(/got function/);
  expect(adapter.read("h", 1000)).toEqual({ value: 1, version: 1 });
});

test("a bound must be a number of at least 1", () => {
  expect(() => new InMemoryHandleAdapter({ maxHandles: 0 })).toThrow(RangeError);
  expect(() => new InMemoryHandleAdapter({ maxBytes: Number.NaN })).toThrow(RangeError);
});
