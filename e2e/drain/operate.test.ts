import { readFileSync } from "node:fs";
import { McpServer } from "slipway";
import { serve } from "slipway/node";
import { expect, onTestFinished, test } from "vitest";

const page = readFileSync(new URL("../../docs/operate.md", import.meta.url), "utf8");

/** The first number after a name, as the page gives it. */
function numberAfter(name: string): number {
  const [, value] = new RegExp(`${name}[:= ]+([\\d_]+)`).exec(page) ?? [];
  return Number(value?.replaceAll("_", ""));
}

async function serving(health?: object) {
  const log: string[] = [];
  const note = (message: string) => void log.push(message);
  const logger = { error: note, warn: note, info: note, debug: note };
  const server = new McpServer({ name: "page", version: "1.0.0", logger });
  const running = await serve(server, { port: 0, ...(health && { health }) });
  onTestFinished(() => running.close(0));
  return { log, at: async (path: string) => fetch(new URL(path, running.url)) };
}

test("the probes on the page of operation are answered", async () => {
  const paths = [...page.matchAll(/path: (\/\w+)|127\.0\.0\.1:3000(\/\w+)/g)].map(([, a, b]) => a ?? b ?? "");
  expect(new Set(paths)).toEqual(new Set(["/health", "/ready"]));
  const { at } = await serving();
  for (const path of paths) expect((await at(path)).status).toBe(200);
});

test("whatever ends a process on that page waits for longer than a drain takes", () => {
  const drainMs = numberAfter("drainDelayMs") + numberAfter("graceMs");
  expect(drainMs).toBe(25_000);
  for (const seconds of [
    "terminationGracePeriodSeconds",
    "TimeoutStopSec",
    "docker stop -t",
    "stop_grace_period",
  ])
    expect(numberAfter(seconds) * 1_000, seconds).toBeGreaterThan(drainMs);
  expect(numberAfter("kill_timeout")).toBeGreaterThan(drainMs);
});

test("a report looks as on that page, and the log says what the page says", async () => {
  let works = false;
  const check = () => works;
  const { log, at } = await serving({ cacheMs: 1, checks: { search: check } });
  const report = (await (await at("/ready")).json()) as object;
  const [, example = ""] = /```json\n([\s\S]*?)```/.exec(page) ?? [];
  expect(Object.keys(report)).toEqual(Object.keys(JSON.parse(example)));
  expect(report).toMatchObject({ status: "down", components: { search: { status: "down" } } });
  works = true;
  await new Promise((resolve) => setTimeout(resolve, 5));
  await at("/ready");
  expect(log).toHaveLength(2);
  for (const line of log) expect(page).toContain(`\`${line}\``);
});
