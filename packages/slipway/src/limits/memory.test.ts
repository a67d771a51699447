import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Generations } from "./generations.ts";
import { memoryLimits } from "./memory.ts";
import { perMinute, perSecond } from "./rate.ts";

const HOUR = 3_600_000;

beforeEach(() => vi.useFakeTimers({ now: Date.UTC(2026, 6, 28, 12), toFake: ["Date", "performance"] }));
afterEach(() => vi.useRealTimers());

describe("a token bucket", () => {
  test("gives its burst at once, and then a token for each interval", () => {
    const store = memoryLimits();
    const rate = perSecond(10, { burst: 3 });
    const take = () => store.take("x", "a", rate, 1);
    expect([take(), take(), take()]).toEqual([0, 0, 0]);
    expect(take()).toBeCloseTo(100);
    vi.advanceTimersByTime(99);
    expect(take()).toBeCloseTo(1);
    vi.advanceTimersByTime(1);
    expect(take()).toBe(0);
    expect(take()).toBeCloseTo(100);
    vi.advanceTimersByTime(HOUR);
    expect([take(), take(), take()]).toEqual([0, 0, 0]);
    expect(take()).toBeCloseTo(100);
  });

  test("lets nothing through of what does not fit as a whole, and loses nothing by refusing", () => {
    const store = memoryLimits();
    const rate = perMinute(60, { burst: 5 });
    expect(store.take("x", "a", rate, 3)).toBe(0);
    expect(store.take("x", "a", rate, 3)).toBeCloseTo(1_000);
    for (let i = 0; i < 100; i++) expect(store.take("x", "a", rate, 3)).toBeCloseTo(1_000);
    expect(store.take("x", "a", rate, 2)).toBe(0);
  });

  test("gives over an hour as many tokens as its rate says, and its burst", () => {
    const store = memoryLimits();
    const rate = perMinute(7, { burst: 5 });
    let taken = 0;
    for (let ms = 0; ms < HOUR; ms += 250) {
      if (store.take("x", "a", rate, 1) === 0) taken++;
      vi.advanceTimersByTime(250);
    }
    expect(taken).toBeGreaterThanOrEqual(5 + 7 * 60 - 1);
    expect(taken).toBeLessThanOrEqual(5 + 7 * 60);
  });

  test("is each caller's own", () => {
    const store = memoryLimits();
    const rate = perMinute(1);
    expect(store.take("x", "a", rate, 1)).toBe(0);
    expect(store.take("x", "b", rate, 1)).toBe(0);
    expect(store.take("y", "a", rate, 1)).toBe(0);
    expect(store.take("x", "a", rate, 1)).toBeGreaterThan(0);
  });
});

describe("a period", () => {
  test("counts up to its quota, and says when it ends", () => {
    const store = memoryLimits();
    const endsAt = Date.UTC(2026, 6, 29);
    const count = (by = 1) => store.count("x", "a", 3, endsAt, by);
    expect([count(), count()]).toEqual([0, 0]);
    expect(count(2)).toBe(12 * HOUR);
    expect(count()).toBe(0);
    vi.advanceTimersByTime(HOUR);
    expect(count()).toBe(11 * HOUR);
    expect(store.count("x", "b", 3, endsAt, 3)).toBe(0);
    expect(store.count("y", "a", 3, endsAt, 3)).toBe(0);
    expect(store.count("x", "a", 3, endsAt + 24 * HOUR, 3)).toBe(0);
  });
});

describe("memory", () => {
  test("stays bounded by whatever many keys, and those in use are kept", () => {
    const map = new Generations<{ n: number }>(1_000);
    map.add("kept", { n: 1 });
    let [largest, lost] = [0, 0];
    for (let i = 0; i < 200_000; i++) {
      map.add(`k${i}`, { n: i });
      if (i % 400 === 0 && map.get("kept") === undefined) lost++;
      largest = Math.max(largest, map.size);
    }
    expect(largest).toBeLessThanOrEqual(1_000);
    expect(lost).toBe(0);
    expect(map.get("k199999")).toEqual({ n: 199_999 });
    expect(map.get("k0")).toBeUndefined();
  });

  test("a store of few keys begins anew with those that it has forgotten", () => {
    const store = memoryLimits({ maxKeys: 4 });
    const rate = perMinute(1);
    expect(store.take("x", "a", rate, 1)).toBe(0);
    expect(store.take("x", "a", rate, 1)).toBeGreaterThan(0);
    for (const key of "bcdefgh") void store.take("x", key, rate, 1);
    expect(store.take("x", "a", rate, 1)).toBe(0);
  });

  test.each([0, 1, 1.5, Number.NaN])("refuses to keep %s keys", (maxKeys) => {
    expect(() => memoryLimits({ maxKeys })).toThrow("maxKeys: expected an integer of at least 2");
  });
});

test.each([0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])("no rate is %s a second", (count) => {
  expect(() => perSecond(count)).toThrow("positive integers");
  expect(() => perSecond(1, { burst: count })).toThrow("positive integers");
});
