import { expect, it } from "vitest";
import { allocations, times } from "./profile.ts";

const frame = (functionName: string) => ({
  functionName,
  url: "file:///app/dist/server/run.js",
  lineNumber: 6,
});

it("gives each function its own share of the time, and that of what it called", () => {
  const profile = {
    nodes: [
      { id: 1, callFrame: { functionName: "(root)", url: "", lineNumber: -1 }, children: [2, 4] },
      { id: 2, callFrame: frame("outer"), children: [3] },
      { id: 3, callFrame: frame("inner") },
      { id: 4, callFrame: { functionName: "(idle)", url: "", lineNumber: -1 } },
    ],
    samples: [2, 3, 3, 4],
    timeDeltas: [10, 15, 15, 960],
  };
  const shares = times(profile);
  expect(shares[0]).toEqual({ name: "inner", place: "server/run.js:7", self: 0.75, total: 0.75 });
  expect(shares[1]).toEqual({ name: "outer", place: "server/run.js:7", self: 0.25, total: 1 });
});

it("counts a function that calls itself once", () => {
  const inner = { callFrame: frame("again"), selfSize: 30, children: [] };
  const outer = { callFrame: frame("again"), selfSize: 70, children: [inner] };
  expect(allocations({ head: outer })).toEqual([
    { name: "again", place: "server/run.js:7", self: 1, total: 1 },
  ]);
});
