import { describe, expect, it } from "vitest";
import { median, pairedRatio, percentile, summarise } from "./statistics.ts";

describe("median", () => {
  it("is the middle value", () => {
    expect(median([9, 1, 5])).toBe(5);
  });

  it("is halfway between the two middle values of an even number", () => {
    expect(median([10, 1, 2, 4])).toBe(3);
  });

  it("leaves its argument as it was", () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });

  it("refuses to be the median of nothing", () => {
    expect(() => median([])).toThrow(RangeError);
  });
});

describe("percentile", () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

  it("is the value below which that share lies", () => {
    expect(percentile(hundred, 0.5)).toBe(50);
    expect(percentile(hundred, 0.99)).toBe(99);
  });

  it("is the largest value where there are too few to tell", () => {
    expect(percentile(hundred, 0.999)).toBe(100);
  });

  it("is the smallest value at 0", () => {
    expect(percentile(hundred, 0)).toBe(1);
  });
});

describe("summarise", () => {
  it("gives the median, and the distance of the extremes as a share of it", () => {
    expect(summarise([90, 100, 120])).toEqual({ median: 100, spread: 0.3, values: [90, 100, 120] });
  });
});

describe("pairedRatio", () => {
  it("compares only what was measured in the same round", () => {
    // The machine was at half its speed in the second round, for both.
    expect(pairedRatio([80, 40, 80], [100, 50, 100])).toBeCloseTo(0.8);
  });

  it("is not led astray by one bad round", () => {
    expect(pairedRatio([80, 8, 80], [100, 100, 100])).toBeCloseTo(0.8);
  });

  it("refuses rounds that one of the two has missed", () => {
    expect(() => pairedRatio([1, 2], [1])).toThrow(RangeError);
  });
});
