import { describe, expect, it } from "vitest";
import { parseCores, parseProcess } from "./cpu.ts";

describe("parseCores", () => {
  it("tells the busy time of each core from its idle time, without the line of all cores", () => {
    const stat =
      "cpu  30 0 30 120 20 0 10 0 0 0\ncpu0 10 1 20 50 10 2 3 4 0 0\ncpu1 20 0 10 70 10 0 7 0 0 0\nintr 1";
    expect(parseCores(stat)).toEqual([
      { busy: 40, total: 100 },
      { busy: 37, total: 117 },
    ]);
  });
});

describe("parseProcess", () => {
  it("adds user and system time, whatever the program is called", () => {
    const stat = "42 (a) b (c)) S 1 42 42 0 -1 4194560 8545 407109 0 72 150 50 944 353 20 0 1 0 240631";
    expect(parseProcess(stat)).toBe(2);
  });
});
