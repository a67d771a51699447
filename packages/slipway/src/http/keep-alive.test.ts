import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { KeepAlive, type Kept } from "./keep-alive.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

class Stream implements Kept {
  readonly turn: number;
  readonly at: number[] = [];

  constructor(turn: number) {
    this.turn = turn;
  }

  keepAlive(): void {
    this.at.push(Date.now());
  }
}

it("writes to each stream as often as the interval says, and not to all at once", () => {
  const streams = new Set<Stream>();
  const keepAlive = new KeepAlive(8_000, streams);
  const begun = new Map<Stream, number>();
  for (let count = 0; count < 10; count++) {
    const stream = new Stream(keepAlive.join());
    streams.add(stream);
    begun.set(stream, Date.now());
    vi.advanceTimersByTime(700);
  }
  vi.advanceTimersByTime(40_000);
  for (const [stream, begin] of begun) {
    const gaps = stream.at.map((at, index) => at - (stream.at[index - 1] ?? begin));
    expect(gaps.length).toBeGreaterThanOrEqual(5);
    expect(gaps[0]).toBeGreaterThan(6_900);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(8_000);
    expect(new Set(gaps.slice(1))).toEqual(new Set([8_000]));
  }
  expect(new Set([...streams].map(({ at }) => at[0])).size).toBeGreaterThan(4);
});

it("has no timer before the first stream and after the last, and begins again", () => {
  const streams = new Set<Stream>();
  const keepAlive = new KeepAlive(8_000, streams);
  expect(vi.getTimerCount()).toBe(0);
  keepAlive.join();
  expect(vi.getTimerCount()).toBe(1);
  keepAlive.stop();
  expect(vi.getTimerCount()).toBe(0);
  const stream = new Stream(keepAlive.join());
  streams.add(stream);
  vi.advanceTimersByTime(8_000);
  expect(stream.at).toHaveLength(1);
});
