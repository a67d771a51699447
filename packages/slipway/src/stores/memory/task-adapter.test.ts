import { expect, test } from "vitest";
import { runContract, taskContract } from "../../testing/index.ts";
import { InMemoryTaskAdapter, type InMemoryTaskOptions } from "./task-adapter.ts";

function adapterAt(options: InMemoryTaskOptions = {}) {
  const clock = { now: 1_000_000 };
  return { clock, adapter: new InMemoryTaskAdapter({ now: () => clock.now, ...options }) };
}

const request = { principal: "", call: { method: "tools/call" }, ttlMs: 1000 };

test("the adapter keeps the contract of a task adapter", async () => {
  const report = await runContract(taskContract, {
    makeInstances: (count) => Array<InMemoryTaskAdapter>(count).fill(new InMemoryTaskAdapter()),
  });
  expect(report.failed).toEqual([]);
  expect(report.skipped).toEqual([]);
  expect(report.passed).toHaveLength(40);
});

test("a task is kept for exactly its time since it was made", () => {
  const { adapter, clock } = adapterAt();
  expect(adapter.create("t", request, "owner")).toMatchObject({ createdAt: 1_000_000, updatedAt: 1_000_000 });
  clock.now += 999;
  expect(adapter.save("t", "owner", 1)).toBe(true);
  expect(adapter.get("t")).toMatchObject({ createdAt: 1_000_000, updatedAt: 1_000_999 });
  clock.now += 1;
  expect(adapter.get("t")).toBeUndefined();
  expect(adapter.size).toBe(0);
});

test("expired tasks are forgotten when those that work are listed", () => {
  const { adapter, clock } = adapterAt();
  for (let index = 0; index < 50; index++)
    adapter.create(`t${index}`, { ...request, ttlMs: 100 + index }, "owner");
  clock.now += 125;
  expect(adapter.size).toBe(50);
  expect(adapter.working(100).map(({ id }) => id)).toEqual(
    Array.from({ length: 24 }, (_, index) => `t${index + 26}`),
  );
  expect(adapter.size).toBe(24);
});

test("a full adapter refuses a task, keeps those it took, and takes more when some have expired", () => {
  const { adapter, clock } = adapterAt({ maxTasks: 2 });
  adapter.create("short", { ...request, ttlMs: 100 }, "owner");
  adapter.create("long", request, "owner");
  adapter.cancel("long");
  expect(() => adapter.create("more", request, "owner")).toThrow(/raise maxTasks/);
  clock.now += 100;
  adapter.create("more", request, "owner");
  expect(adapter.get("long")?.status).toBe("cancelled");
});

test("what is no JSON value is refused, and leaves the task as it was", () => {
  const { adapter } = adapterAt();
  adapter.create("t", request, "owner");
  const before = adapter.get("t");
  expect(() => adapter.save("t", "owner", undefined)).toThrow(/Expected a JSON value as a task's journal/);
  expect(() => adapter.ask("t", "owner", 1, { good: 1, bad: undefined })).toThrow(/a task's question/);
  expect(adapter.get("t")).toEqual(before);
});

test("a bound must be a number of at least 1", () => {
  expect(() => new InMemoryTaskAdapter({ maxTasks: 0 })).toThrow(RangeError);
});
