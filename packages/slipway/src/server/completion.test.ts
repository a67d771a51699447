import { describe, expect, it, test } from "vitest";
import { type CompletionValues, completionResult } from "./completion.ts";

const values = (count: number): string[] => Array.from({ length: count }, (_, index) => `v${index}`);

describe("completionResult", () => {
  test.each<[what: string, returned: CompletionValues, result: ReturnType<typeof completionResult>]>([
    ["nothing", [], { values: [], total: 0, hasMore: false }],
    ["a list", ["a", "b"], { values: ["a", "b"], total: 2, hasMore: false }],
    ["values alone", { values: ["a"] }, { values: ["a"], total: 1, hasMore: false }],
    ["100 values", values(100), { values: values(100), total: 100, hasMore: false }],
    ["101 values", values(101), { values: values(100), total: 101, hasMore: true }],
    ["101 values as an object", { values: values(101) }, { values: values(100), total: 101, hasMore: true }],
    ["some of a total", { values: ["a"], total: 10 }, { values: ["a"], total: 10, hasMore: true }],
    [
      "some of a total, and more",
      { values: ["a"], total: 10, hasMore: true },
      { values: ["a"], total: 10, hasMore: true },
    ],
    ["all of a total", { values: ["a"], total: 1 }, { values: ["a"], total: 1, hasMore: false }],
    ["some, and more", { values: ["a"], hasMore: true }, { values: ["a"], hasMore: true }],
    ["some, and no more", { values: ["a"], hasMore: false }, { values: ["a"], total: 1, hasMore: false }],
    ["101 values, and more", { values: values(101), hasMore: true }, { values: values(100), hasMore: true }],
    [
      "101 values, and no more",
      { values: values(101), hasMore: false },
      { values: values(100), total: 101, hasMore: true },
    ],
    [
      "101 values of 500",
      { values: values(101), total: 500 },
      { values: values(100), total: 500, hasMore: true },
    ],
    [
      "a total that leaves more, and no more",
      { values: ["a"], total: 2, hasMore: false },
      { values: ["a"], total: 2, hasMore: true },
    ],
    [
      "a total that leaves none, and more",
      { values: ["a"], total: 1, hasMore: true },
      { values: ["a"], hasMore: true },
    ],
    [
      "a total below the values",
      { values: ["a", "b"], total: 1 },
      { values: ["a", "b"], total: 2, hasMore: false },
    ],
  ])("%s", (_what, returned, result) => {
    expect(completionResult(returned)).toStrictEqual(result);
  });

  it("leaves the handler's list alone", () => {
    const list = Object.freeze(values(101));
    completionResult(list).values.push("x");
    expect(list).toEqual(values(101));
  });

  test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("refuses a total of %s", (total) => {
    expect(() => completionResult({ values: [], total })).toThrow(
      `Expected the total of a completion to be a whole number, got ${total}.`,
    );
  });

  it("refuses a value that is not a string", () => {
    const list = ["a", 1] as unknown as string[];
    expect(() => completionResult(list)).toThrow("Expected the values of a completion to be strings, got 1.");
  });
});
