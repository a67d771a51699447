import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { HttpClient } from "../fleet/http-client.ts";
import { RedisServer } from "../stores/redis-servers.ts";
import { Child } from "../support/child.ts";
import { PeerV1 } from "../support/peer-v1.ts";
import { PrometheusText } from "./prometheus-text.ts";

/** On a machine that has much else to do. */
const PATIENT = { timeout: 20_000, interval: 20 };

let redis: RedisServer;
beforeAll(async () => {
  redis = await RedisServer.start();
});
afterAll(() => redis.stop());

async function start(env: NodeJS.ProcessEnv = {}) {
  const child = new Child("e2e/observe/measured-bank.ts", [redis.url], env);
  onTestFinished(() => void child.stop("SIGKILL"));
  const [, url = "", metrics = ""] = await child.says(/Serving at (\S+), measured at (\S+)/);
  return { child, url, text: () => PrometheusText.fetch(metrics) };
}

const LAG = "slipway_event_lag_seconds";
const COUNTED = "mcp_server_operation_duration_seconds_count";
const from = (slipway_event_from: string) => ({ slipway_event_from });

test("a call that goes on elsewhere is a takeover there, and counted there", async () => {
  const [a, b] = [await start(), await start()];
  const client = await HttpClient.open(a.url);
  const stream = await client.call(a.url, "transfer", { id: "m1", amount: 5 });
  const first = await stream.next();
  expect((await a.text()).sum("slipway_asks_waiting")).toBe(1);
  expect((await a.text()).sum("slipway_calls_active")).toBe(1);
  expect((await a.text()).sum(`${LAG}_count`, from("here"))).toBeGreaterThan(0);
  await a.child.stop("SIGKILL");
  expect((await b.text()).sum("slipway_takeovers_total")).toBe(0);
  expect(await client.answer(b.url, first?.message.id, true)).toBe(202);
  const resumed = await client.resume(b.url, stream.lastId);
  const second = await resumed.next();
  expect(await client.answer(b.url, second?.message.id, true)).toBe(202);
  expect((await resumed.rest()).map(({ result }) => result?.content?.[0]?.text)).toEqual(["m1: moved"]);
  const after = await b.text();
  expect(after.sum("slipway_takeovers_total", { slipway_takeover_of: "call" })).toBe(1);
  expect(after.sum("slipway_takeovers_total", { slipway_takeover_of: "task" })).toBe(0);
  expect(after.sum("slipway_streams_resumed_total")).toBe(1);
  const transfers = { gen_ai_tool_name: "transfer", network_transport: "tcp" };
  expect(after.sum(COUNTED, transfers)).toBe(1);
  expect(after.sum(COUNTED, { ...transfers, slipway_outcome: "asked" })).toBe(1);
}, 60_000);

test("a call that could go on nowhere is lost, and counted where its client comes back", async () => {
  const [a, b] = [await start(), await start()];
  const client = await HttpClient.open(a.url);
  const stream = await client.call(a.url, "report", { to: 1_000, everyMs: 20 }, 1);
  await stream.next();
  await a.child.stop("SIGKILL");
  await stream.rest();
  expect((await b.text()).sum("slipway_calls_lost_total")).toBe(0);
  const resumed = await client.resume(b.url, stream.lastId);
  expect((await resumed.rest()).at(-1)?.error?.message).toMatch(/instance that served this request is gone/);
  const after = await b.text();
  expect(after.sum("slipway_calls_lost_total")).toBe(1);
  expect(after.sum("slipway_takeovers_total")).toBe(0);
}, 60_000);

test("events that another instance has appended are late by what it takes through the store", async () => {
  const begun = performance.now();
  const [a, b] = [await start(), await start()];
  const client = await HttpClient.open(b.url);
  const stream = await client.call(a.url, "report", { to: 30, everyMs: 20 }, 7);
  await stream.next();
  stream.cut();
  const resumed = await client.resume(b.url, stream.lastId);
  expect((await resumed.rest()).at(-1)?.result?.content?.[0]?.text).toBe("Counted to 30.");
  const after = await b.text();
  expect(after.sum(`${LAG}_count`, from("elsewhere"))).toBeGreaterThan(0);
  expect(after.sum(`${LAG}_count`, from("here"))).toBe(0);
  const late = after.sum(`${LAG}_sum`, from("elsewhere"));
  // In seconds, and both clocks are this machine's: none was on its way for longer than this test.
  expect(late / after.sum(`${LAG}_count`, from("elsewhere"))).toBeLessThan(
    (performance.now() - begun) / 1_000,
  );
  const stored = (operation: string) =>
    after.sum("slipway_store_operation_duration_seconds_count", {
      slipway_store_port: "sessions",
      slipway_store_operation: operation,
    });
  expect(stored("get")).toBeGreaterThan(0);
  expect(stored("replay")).toBeGreaterThan(0);
}, 60_000);

test("a task that goes on elsewhere is a takeover there, and so is its run", async () => {
  const [a, b] = [await start({ HOLD: "1" }), await start()];
  const client = await HttpClient.open(a.url);
  const ask = async (url: string, method: string, params: object) =>
    (await (await client.post(url, { id: method, method, params })).json()).result;
  const { task } = await ask(a.url, "tools/call", { name: "audit", task: {} });
  const running = async () => (await a.text()).sum("slipway_tasks_active");
  await expect.poll(running, PATIENT).toBe(1);
  expect((await a.text()).sum(COUNTED, { gen_ai_tool_name: "audit", slipway_outcome: "task" })).toBe(1);
  await a.child.stop("SIGKILL");
  // Waits until it has ended.
  expect((await ask(b.url, "tasks/result", { taskId: task.taskId })).content[0].text).toMatch(/nothing/);
  const after = await b.text();
  expect(after.sum("slipway_takeovers_total", { slipway_takeover_of: "task" })).toBe(1);
  const audits = { gen_ai_tool_name: "audit", slipway_outcome: "complete" };
  expect(after.sum("slipway_task_run_duration_seconds_count", audits)).toBe(1);
  // The request was the other's.
  expect(after.sum(COUNTED, { gen_ai_tool_name: "audit" })).toBe(0);
}, 60_000);

test("a client of HTTP+SSE opens a session by its stream, which ends with it", async () => {
  const { url, text } = await start();
  const client = new PeerV1();
  await client.connect(new SSEClientTransport(new URL("/sse", url)));
  const during = await text();
  expect(during.sum("slipway_sessions_opened_total", { network_transport: "tcp" })).toBe(1);
  expect(during.sum("slipway_handshakes_total", { slipway_handshake_outcome: "succeeded" })).toBe(1);
  expect(during.sum("slipway_streams_active")).toBe(1);
  await client.close();
  const ended = async () => (await text()).sum("mcp_server_session_duration_seconds_count");
  await expect.poll(ended, PATIENT).toBe(1);
}, 60_000);

test("a store that is away is seen by its errors", async () => {
  const own = await RedisServer.start();
  const child = new Child("e2e/observe/measured-bank.ts", [own.url]);
  onTestFinished(() => void child.stop("SIGKILL"));
  const [, url = "", metrics = ""] = await child.says(/Serving at (\S+), measured at (\S+)/);
  const client = await HttpClient.open(url);
  await own.stop();
  const response = await client.post(url, { id: 1, method: "tools/list" });
  expect(response.status).toBe(503);
  const text = await PrometheusText.fetch(metrics);
  const away = { slipway_store_operation: "get", error_type: "unavailable" };
  expect(text.sum("slipway_store_operation_duration_seconds_count", away)).toBe(1);
  expect(text.sum("slipway_requests_refused_total", { slipway_refusal_reason: "unavailable" })).toBe(1);
}, 60_000);
