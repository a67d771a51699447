import { describe, expect, it } from "vitest";
import { summarise } from "../engine/statistics.ts";
import { replaceResults } from "./document.ts";
import { row, table, workload } from "./fixture.ts";
import { compare } from "./regress.ts";
import { renderChart } from "./svg.ts";
import { align, renderTable, renderWorkload } from "./tables.ts";
import { judge, peersAhead } from "./verdict.ts";

const bare = row("bare", 30_000, 1);
const slipway = row("slipway", 28_500, 0.95);
const peer = row("tmcp", 4_000, 0.13);

describe("a table", () => {
  it("shows what was measured, its spread and its ratio", () => {
    const text = renderTable(table([bare, slipway, peer]), false);
    expect(text).toContain("| Slipway    | 1.0.0   | 28,500 requests/s |  0.0 % |         0.95 |     |");
    expect(text).toContain("Target: at least 0.90 × bare limit; reached with 0.95 × bare limit.");
  });

  it("says which rows do not count, and why", () => {
    const bound = row("slipway", 28_500, 0.95, { excluded: "the load generator was the bottleneck" });
    const text = renderTable(table([bare, bound]), false);
    expect(text).toContain("does not count: the load generator was the bottleneck");
    expect(text).toContain("not measured");
  });

  it("shows a wrong answer as a failure, not as a number", () => {
    const failed = {
      contestant: "tmcp",
      version: "1.0.0",
      metrics: {},
      error: "Expected 42, got 41 | or so",
    };
    expect(renderTable(table([bare, slipway, failed]), false)).toContain(
      "failed: Expected 42, got 41 / or so",
    );
  });

  it("says when the machine was not quiet", () => {
    expect(renderTable(table([bare, slipway], { disturbance: 0.5 }), false)).toContain("50 % of a core");
  });

  it("has columns that stand under each other", () => {
    const lines = align([
      ["", "version", "rate", ""],
      ["a", "1", "5", "!"],
    ]).split("\n");
    expect(new Set(lines.map((line) => line.length)).size).toBe(1);
  });

  it("stands with the circumstances of its measurement", () => {
    expect(renderWorkload(workload([table([bare, slipway])]))).toContain(
      "2026-11-20, commit abc1234, Node 24.0.0",
    );
  });
});

describe("the verdict", () => {
  it("is that a target was missed", () => {
    expect(judge(table([bare, row("slipway", 24_000, 0.8)]))).toMatchObject({ reached: false });
  });

  it("takes a target for an upper bound where less is better", () => {
    const metrics = [{ name: "heap", unit: "bytes", better: "lower" as const }];
    const of = (heap: number) => ({ ...row("slipway", 0, 1), metrics: { heap: summarise([heap]) } });
    const judged = (heap: number) => judge(table([bare, of(heap)], { metrics, target: { value: 1536 } }));
    expect(judged(1500)).toMatchObject({ reached: true });
    expect(judged(1600)).toMatchObject({ reached: false });
  });

  it("names the peers that are ahead, and no bare server", () => {
    const faster = row("tmcp", 29_000, 0.97);
    expect(peersAhead(table([bare, slipway, faster, peer]))).toEqual([faster]);
  });

  it("leaves out peers whose row does not count", () => {
    const void_ = row("tmcp", 29_000, 0.97, { excluded: "the load generator was the bottleneck" });
    expect(peersAhead(table([bare, slipway, void_]))).toEqual([]);
  });
});

describe("a comparison of two builds", () => {
  const against = (ratio: number) =>
    compare([workload([table([row("slipway@v1", 100, 1), row("slipway", 100 * ratio, ratio)])])]);

  it("finds a build that is slower by more than chance", () => {
    expect(against(0.88)).toEqual({ text: "call: −12 %, WORSE", slower: true });
  });

  it("lets pass what is as fast", () => {
    expect(against(0.98)).toEqual({ text: "call: −2.0 %", slower: false });
    expect(against(1.2)).toEqual({ text: "call: +20 %", slower: false });
  });

  it("does not take a row for good that does not count", () => {
    const bound = row("slipway", 200, 2, { excluded: "the load generator was the bottleneck" });
    expect(compare([workload([table([row("slipway@v1", 100, 1), bound])])]).text).toBe(
      "call: not comparable",
    );
  });
});

describe("the chart", () => {
  const chart = renderChart({ workloads: [workload([table([bare, slipway, row("a<b", 100, 5)])])] });

  it("is an image with a bar for each row", () => {
    expect(chart).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    expect(chart.match(/<rect class=/g)).toHaveLength(3);
  });

  it("draws bars as long as the ratios, up to twice the baseline", () => {
    const widths = [...chart.matchAll(/<rect class="\w+" .*?width="([\d.]+)"/g)].map((match) =>
      Number(match[1]),
    );
    expect(widths).toEqual([210, 199.5, 420]);
  });

  it("holds names as text, not as markup", () => {
    expect(chart).toContain("a&lt;b");
  });

  it("draws rows that do not count differently", () => {
    const bound = row("slipway", 100, 0.9, { excluded: "the load generator was the bottleneck" });
    expect(renderChart({ workloads: [workload([table([bare, bound])])] })).toContain(`class="void"`);
  });
});

describe("the document", () => {
  it("gets new tables between its marks, and keeps the rest", () => {
    const document = "before\n<!-- results -->\nold\n<!-- end of results -->\nafter\n";
    const fresh = replaceResults(document, { workloads: [workload([table([bare, slipway])])] });
    expect(fresh).toMatch(
      /^before\n<!-- results -->\n\n### tools\/call\n[\s\S]*\n<!-- end of results -->\nafter\n$/,
    );
    expect(fresh).not.toContain("old");
  });

  it("must have the marks", () => {
    expect(() => replaceResults("nothing", { workloads: [] })).toThrow("<!-- results -->");
  });
});
