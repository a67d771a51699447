import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { HttpClient } from "../fleet/http-client.ts";
import { RedisServer } from "../stores/redis-servers.ts";
import { Child } from "../support/child.ts";
import { PrometheusText } from "./prometheus-text.ts";
import { readPromql, type Selector } from "./promql.ts";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: { readonly summary: string; readonly description: string };
}

interface Dashboard {
  readonly panels: readonly {
    readonly id: number;
    readonly type: string;
    readonly title: string;
    readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
  }[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
}

const rules = (
  parse(read("deploy/prometheus/slipway.rules.yml")) as { groups: readonly { rules: readonly Rule[] }[] }
).groups.flatMap((group) => group.rules);
const dashboard = JSON.parse(read("deploy/grafana/slipway.json")) as Dashboard;

/** What Grafana puts in the place of its variables. */
const plain = (expression: string) =>
  expression.replaceAll("$__rate_interval", "5m").replaceAll(/"\$\w+"/g, '".*"');

const used: readonly { readonly where: string; readonly expr: string }[] = [
  ...rules.map(({ alert, expr }) => ({ where: `the alert ${alert}`, expr })),
  ...dashboard.panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ where: `the panel "${title}"`, expr: plain(expr) })),
  ),
  ...dashboard.templating.list.flatMap(({ name, definition }) =>
    definition === undefined
      ? []
      : [
          {
            where: `the variable ${name}`,
            expr: plain(definition.replace(/^label_values\((.*), *(\w+)\)$/, "sum by ($2) ($1)")),
          },
        ],
  ),
];

/** What Prometheus adds to all it has scraped. */
const ADDED = ["job", "instance"];

/** The values that an attribute may have, where they are few, by its label. */
const values = new Map(
  read("docs/observe.md")
    .split("\n")
    .map((line) => line.split("|").map((cell) => cell.trim().replaceAll("`", "")))
    .filter((cells) => cells.length === 6 && cells[4] !== "")
    .map(([, , label = "", , listed = ""]) => [label, listed.split(", ")] as const),
);

let redis: RedisServer;
/** What an instance tells that has had calls, errors, refusals, streams and a store. */
let text: PrometheusText;
const labels = new Map<string, Set<string>>();

beforeAll(async () => {
  redis = await RedisServer.start();
  const child = new Child("e2e/observe/measured-bank.ts", [redis.url]);
  const [, url = "", metrics = ""] = await child.says(/Serving at (\S+), measured at (\S+)/);
  const client = await HttpClient.open(url);
  await (await client.call(url, "report", { to: 3, everyMs: 1 }, 1)).rest();
  await (await client.call(url, "unknown", {})).rest();
  const asking = await client.call(url, "transfer", { id: "d1", amount: 1 });
  await client.answer(url, (await asking.next())?.message.id, false);
  await asking.rest();
  const ask = async (method: string, params: object) =>
    (await (await client.post(url, { id: method, method, params })).json()).result;
  const { task } = await ask("tools/call", { name: "audit", task: {} });
  // Waits until it has ended.
  await ask("tasks/result", { taskId: task.taskId });
  await client.delete(url);
  await redis.stop();
  await HttpClient.open(url);
  text = await PrometheusText.fetch(metrics);
  await child.stop("SIGKILL");
  for (const sample of text.samples) {
    const known = labels.get(sample.name) ?? new Set();
    for (const label of Object.keys(sample.labels)) known.add(label);
    labels.set(sample.name, known);
  }
}, 60_000);
afterAll(() => redis.stop());

test("there is something to look at", () => {
  expect(rules.length).toBeGreaterThan(8);
  expect(used.length).toBeGreaterThan(40);
  expect(text.families.length).toBeGreaterThan(30);
});

function problems({ metric, labels: named }: Selector): string[] {
  const known = labels.get(metric);
  if (known === undefined) return [`there is no metric ${metric}`];
  return named.flatMap(({ name, op, value }) => {
    if (ADDED.includes(name)) return [];
    if (!known.has(name)) return [`${metric} has no label ${name}`];
    const possible = values.get(name);
    const asked = op.endsWith("~") ? value.split("|") : [value];
    return possible === undefined || value === "" || value === ".*"
      ? []
      : asked.filter((one) => !possible.includes(one)).map((one) => `${name} is never "${one}"`);
  });
}

describe.each(used)("$where", ({ expr }) => {
  test("names only metrics, labels and values that there are", () => {
    const { selectors, grouped } = readPromql(expr);
    expect(selectors).not.toEqual([]);
    expect(selectors.flatMap(problems)).toEqual([]);
    for (const label of grouped) {
      const known = selectors.some(({ metric }) => labels.get(metric)?.has(label));
      expect(known || ADDED.includes(label), label).toBe(true);
    }
  });
});

test("the page has every alert, and no other", () => {
  const section = read("docs/observe.md").split("### A dashboard and alerts")[1]?.split("\n### ")[0] ?? "";
  const named = [...section.matchAll(/`(Slipway\w+)`/g)].map(([, name]) => name);
  expect(named.sort()).toEqual(rules.map(({ alert }) => alert).sort());
});

test("alerts say what has happened, and what to do", () => {
  for (const { alert, annotations } of rules) {
    expect(annotations.summary, alert).toBeTruthy();
    expect(annotations.description, alert).toBeTruthy();
  }
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
});

test("every label of a legend is in its expression", () => {
  const ids = dashboard.panels.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { title, targets = [] } of dashboard.panels) {
    for (const { expr, legendFormat } of targets) {
      const { selectors, grouped } = readPromql(plain(expr));
      const kept =
        grouped.length > 0
          ? grouped
          : selectors.flatMap(({ labels: named }) => named.map(({ name }) => name));
      for (const [, label = ""] of legendFormat.matchAll(/\{\{(\w+)\}\}/g))
        expect(kept, title).toContain(label);
    }
  }
});

test("the grammar finds what is no metric, no label, no PromQL", () => {
  expect(problems({ metric: "slipway_calls", labels: [] })).toEqual(["there is no metric slipway_calls"]);
  const operation = "mcp_server_operation_duration_seconds_count";
  const [selector] = readPromql(`${operation}{tool="x",slipway_outcome=~"complete|done"}`).selectors;
  expect(problems(selector as Selector)).toEqual([
    `${operation} has no label tool`,
    `slipway_outcome is never "done"`,
  ]);
  expect(() => readPromql("sum by (rate(")).toThrow("No PromQL");
});
