import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ClientRequestTimeoutError } from "../../ports/index.ts";
import { clientRequestContract, runContract } from "../../testing/index.ts";
import { InMemoryClientRequestAdapter } from "./client-request-adapter.ts";

test("the adapter keeps the contract of a client request adapter", async () => {
  const report = await runContract(clientRequestContract, {
    makeInstances: (count) =>
      Array<InMemoryClientRequestAdapter>(count).fill(new InMemoryClientRequestAdapter()),
  });
  expect(report.failed).toEqual([]);
  expect(report.skipped).toEqual([]);
  expect(report.passed).toHaveLength(14);
});

describe("time", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test("a request waits for five minutes", async () => {
    const adapter = new InMemoryClientRequestAdapter();
    const { promise } = adapter.createPending("s", "r");
    vi.advanceTimersByTime(5 * 60_000 - 1);
    expect(adapter.size).toBe(1);
    vi.advanceTimersByTime(1);
    expect(adapter.size).toBe(0);
    await expect(promise).rejects.toThrow(ClientRequestTimeoutError);
    expect(adapter.resolvePending("s", "r", {})).toBe(false);
  });

  test("defaultTimeoutMs counts unless the request has its own timeoutMs", async () => {
    const adapter = new InMemoryClientRequestAdapter({ defaultTimeoutMs: 100 });
    const usual = adapter.createPending("s", "usual");
    const shorter = adapter.createPending("s", "shorter", { timeoutMs: 50 });
    const endless = adapter.createPending("s", "endless", { timeoutMs: 0 });
    vi.advanceTimersByTime(50);
    await expect(shorter.promise).rejects.toThrow(/within 50 ms/);
    vi.advanceTimersByTime(50);
    await expect(usual.promise).rejects.toThrow(/within 100 ms/);
    vi.advanceTimersByTime(2 ** 31);
    expect(adapter.resolvePending("s", "endless", "late")).toBe(true);
    await expect(endless.promise).resolves.toBe("late");
  });

  test.each([0, Number.POSITIVE_INFINITY])(
    "with a defaultTimeoutMs of %s no timer runs",
    (defaultTimeoutMs) => {
      new InMemoryClientRequestAdapter({ defaultTimeoutMs }).createPending("s", "r");
      expect(vi.getTimerCount()).toBe(0);
    },
  );

  test("a time longer than timers take does not end at once", () => {
    const adapter = new InMemoryClientRequestAdapter();
    adapter.createPending("s", "r", { timeoutMs: 2 ** 31 });
    vi.advanceTimersByTime(2 ** 31 - 2);
    expect(adapter.size).toBe(1);
  });

  test("an answered or refused request leaves no timer behind", () => {
    const adapter = new InMemoryClientRequestAdapter();
    adapter.createPending("s", "answered");
    adapter.createPending("s", "refused");
    adapter.resolvePending("s", "answered", {});
    adapter.rejectPending("s", "refused", new Error("no"));
    expect(vi.getTimerCount()).toBe(0);
  });
});

test("a waiting request does not keep the process alive", () => {
  const timers = vi.spyOn(globalThis, "setTimeout");
  const adapter = new InMemoryClientRequestAdapter();
  adapter.createPending("s", "r");
  const timer = timers.mock.results[0]?.value as NodeJS.Timeout;
  timers.mockRestore();
  expect(timer.hasRef()).toBe(false);
  adapter.rejectPending("s", "r", new Error("end"));
});

test("a request beyond maxPending is refused at once, and fits when another has ended", async () => {
  const adapter = new InMemoryClientRequestAdapter({ maxPending: 2 });
  adapter.createPending("s", 1);
  const second = adapter.createPending("s", 2);
  await expect(adapter.createPending("s", 3).promise).rejects.toThrow(/raise maxPending/);
  expect(adapter.resolvePending("s", 3, {})).toBe(false);
  adapter.resolvePending("s", 1, {});
  const third = adapter.createPending("s", 3);
  adapter.resolvePending("s", 3, "three");
  await expect(third.promise).resolves.toBe("three");
  adapter.resolvePending("s", 2, "two");
  await expect(second.promise).resolves.toBe("two");
});

test("a newer request with the same session and id ends the older one with an error", async () => {
  const adapter = new InMemoryClientRequestAdapter({ maxPending: 1 });
  const older = adapter.createPending("s", "r");
  const newer = adapter.createPending("s", "r");
  await expect(older.promise).rejects.toThrow(/newer request/);
  adapter.resolvePending("s", "r", "answer");
  await expect(newer.promise).resolves.toBe("answer");
});

test("a refusal's reason arrives as it is", async () => {
  const adapter = new InMemoryClientRequestAdapter();
  const reason = new Error("gone");
  const { promise } = adapter.createPending("s", "r");
  adapter.rejectPending("s", "r", reason);
  await expect(promise).rejects.toBe(reason);
});

test("a promise that nobody looks at is no unhandled rejection", async () => {
  const unhandled = vi.fn();
  process.on("unhandledRejection", unhandled);
  const adapter = new InMemoryClientRequestAdapter({ maxPending: 1 });
  adapter.createPending("s", "r");
  adapter.createPending("s", "beyond the bound");
  adapter.rejectPending("s", "r", new Error("gone"));
  // Node reports an unhandled rejection before the next turn of its loop.
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  process.off("unhandledRejection", unhandled);
  expect(unhandled).not.toHaveBeenCalled();
});

test.each([-1, Number.NaN])("%s is no time and no bound", (value) => {
  expect(() => new InMemoryClientRequestAdapter({ defaultTimeoutMs: value })).toThrow(RangeError);
  expect(() => new InMemoryClientRequestAdapter({ maxPending: value })).toThrow(RangeError);
  const adapter = new InMemoryClientRequestAdapter();
  expect(() => adapter.createPending("s", "r", { timeoutMs: value })).toThrow(/timeoutMs/);
  expect(adapter.size).toBe(0);
});
