import { once } from "node:events";
import { createInterface } from "node:readline";
import { PassThrough } from "node:stream";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { context, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { AlwaysOffSampler, type ReadableSpan } from "@opentelemetry/sdk-trace";
import { HttpTransport, McpClient } from "slipway/client";
import { type RunningServer, serve } from "slipway/node";
import { type Observing, observe, type TracesOptions } from "slipway/observe";
import { redisStore } from "slipway/redis";
import { serveStdio } from "slipway/stdio";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { clientOf } from "../stores/redis-clients.ts";
import { RedisServer, stopAll } from "../stores/redis-servers.ts";
import { createShop } from "./shop.ts";
import { clientContext, Tracing } from "./tracing.ts";

const ERAS = ["legacy", "modern"] as const;
type Era = (typeof ERAS)[number];

const open: { close(): Promise<unknown> }[] = [];
const quiet = { error() {}, warn() {}, info() {}, debug() {} };

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
  Tracing.unregister();
});

afterAll(stopAll);

async function start(
  traces: TracesOptions | true = true,
  options: Parameters<typeof serve>[1] = {},
): Promise<RunningServer & { observing: Observing }> {
  const observing = await observe({ traces });
  const running = await serve(createShop({ logger: quiet }), { port: 0, observe: observing, ...options });
  open.push({ close: () => running.close(0) });
  return { ...running, observing };
}

const versions = (era: Era) => (era === "legacy" ? ["2025-11-25"] : ["2026-07-28"]);

async function connect(url: string, era: Era, headers: Record<string, string> = {}) {
  const client = await McpClient.connect(new HttpTransport(new URL(url), { headers: () => headers }), {
    info: { name: "test", version: "1.0.0" },
    protocolVersions: versions(era),
    listen: false,
    elicitation: { form: () => ({ action: "decline" }) },
  });
  open.push(client);
  return client;
}

/** Spans end right after the answer has been sent. */
async function until<T>(look: () => T | undefined): Promise<T> {
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    await new Promise((done) => setTimeout(done, 5));
  }
}

const calls = (tracing: Tracing, name: string): ReadableSpan[] =>
  tracing.spans.filter((span) => span.name === name);

async function callSpan(tracing: Tracing, name: string): Promise<ReadableSpan> {
  return until(() => calls(tracing, name).at(-1));
}

describe.each(ERAS)("a span of a call, %s", (era) => {
  test("is of the conventions' name and attributes, and a child of the context in _meta", async () => {
    const tracing = new Tracing().register();
    const { url } = await start();
    const client = await connect(url, era);
    const from = clientContext();
    await client.callTool("greet", { name: "Ada" }, { meta: { traceparent: from.traceparent } });
    const span = await callSpan(tracing, "tools/call greet");
    expect(span.kind).toBe(SpanKind.SERVER);
    expect(span.spanContext().traceId).toBe(from.traceId);
    expect(span.parentSpanContext).toMatchObject({ spanId: from.spanId, isRemote: true });
    expect(span.attributes).toMatchObject({
      "mcp.method.name": "tools/call",
      "mcp.protocol.version": versions(era)[0],
      "gen_ai.operation.name": "execute_tool",
      "gen_ai.tool.name": "greet",
      "network.transport": "tcp",
      "network.protocol.name": "http",
      "client.address": expect.stringContaining("127.0.0.1"),
      "jsonrpc.request.id": expect.any(String),
      "slipway.outcome": "complete",
    });
    expect(span.status.code).toBe(SpanStatusCode.UNSET);
    if (era === "legacy") expect(span.attributes["mcp.session.id"]).toMatch(/^[\w-]{16}$/);
    expect(JSON.stringify(span.attributes)).not.toContain("Ada");
  });

  test("is a child of the context in the headers; where _meta has another, that is linked", async () => {
    const tracing = new Tracing().register();
    const { url } = await start();
    const [header, meta] = [clientContext(), clientContext()];
    const client = await connect(url, era, { traceparent: header.traceparent, tracestate: "shop=1" });
    await client.callTool("greet");
    const first = await callSpan(tracing, "tools/call greet");
    expect(first.parentSpanContext).toMatchObject({ spanId: header.spanId, traceId: header.traceId });
    expect(first.spanContext().traceState?.get("shop")).toBe("1");
    tracing.exporter.reset();
    await client.callTool("greet", {}, { meta: { traceparent: meta.traceparent } });
    const second = await callSpan(tracing, "tools/call greet");
    expect(second.parentSpanContext?.spanId).toBe(meta.spanId);
    expect(second.links.map((link) => link.context.spanId)).toEqual([header.spanId]);
  });

  test("is the parent of what its handler does", async () => {
    const tracing = new Tracing().register();
    const { url } = await start();
    await (await connect(url, era)).callTool("work");
    const span = await callSpan(tracing, "tools/call work");
    expect(tracing.childrenOf(span).map(({ name }) => name)).toEqual(["own work"]);
    expect(tracing.span("own work").spanContext().traceId).toBe(span.spanContext().traceId);
  });

  test("says how the call has failed, by whose fault", async () => {
    const tracing = new Tracing().register();
    const { url } = await start();
    const client = await connect(url, era);
    const failing = async (name: string) => {
      await client.callTool(name).catch(() => {});
      return callSpan(tracing, `tools/call ${name}`);
    };
    const declined = await failing("decline");
    expect(declined.attributes).toMatchObject({
      "error.type": "tool_error",
      "slipway.outcome": "error",
    });
    expect(declined.status).toEqual({ code: SpanStatusCode.ERROR });
    const custom = await failing("custom");
    expect(custom.attributes).toMatchObject({ "error.type": "4711", "rpc.response.status_code": "4711" });
    expect(custom.status).toEqual({ code: SpanStatusCode.ERROR, message: "Out of stock" });
    // What a client asks wrongly is no failure of the server, and what it makes up names no span.
    await client.callTool("hunter2-made-up").catch(() => {});
    const unknown = await callSpan(tracing, "tools/call");
    expect(unknown.attributes).toMatchObject({
      "rpc.response.status_code": "-32602",
      "slipway.outcome": "error",
    });
    expect(unknown.attributes).not.toHaveProperty("error.type");
    expect(unknown.status.code).toBe(SpanStatusCode.UNSET);
    expect(JSON.stringify([unknown.name, unknown.attributes, unknown.status])).not.toContain("hunter2");
  });

  test("records no arguments and results unless it is told to, and no secret parts of URIs", async () => {
    const tracing = new Tracing().register();
    const { url } = await start({ recordArguments: true, recordResults: true });
    const client = await connect(url, era);
    await client.callTool("greet", { name: "Ada" });
    expect((await callSpan(tracing, "tools/call greet")).attributes).toMatchObject({
      "gen_ai.tool.call.arguments": '{"name":"Ada"}',
      "gen_ai.tool.call.result": expect.stringContaining("Hello, Ada!"),
    });
    await client.readResource("orders://by-id/17?key=hunter2");
    const read = await callSpan(tracing, "resources/read");
    expect(read.attributes["mcp.resource.uri"]).toBe("orders://by-id/17");
    expect(JSON.stringify(read.attributes)).not.toContain("hunter2");
    await client.getPrompt("review");
    expect((await callSpan(tracing, "prompts/get review")).attributes["gen_ai.prompt.name"]).toBe("review");
  });

  test("goes with questions to the client, and is found by the call that goes on", async () => {
    const tracing = new Tracing().register();
    const { url } = await start();
    const asked: unknown[] = [];
    const client = new Client(
      { name: "official", version: "1.0.0" },
      {
        capabilities: { elicitation: {} },
        versionNegotiation: { mode: era === "modern" ? { pin: "2026-07-28" } : "legacy" },
      },
    );
    client.setRequestHandler("elicitation/create", ({ params }) => {
      asked.push((params as { _meta?: { traceparent?: string } })._meta?.traceparent);
      return { action: "decline" };
    });
    await client.connect(new StreamableHTTPClientTransport(new URL(url)));
    open.push(client);
    const result = await client.callTool({ name: "ask", arguments: {} });
    expect(result.content).toEqual([{ type: "text", text: "It is decline." }]);
    expect(asked).toHaveLength(1);
    if (era === "legacy") {
      const span = await callSpan(tracing, "tools/call ask");
      const [question] = tracing.childrenOf(span);
      expect(question).toMatchObject({ name: "elicitation/create", kind: SpanKind.CLIENT });
      const { traceId, spanId } = (question as ReadableSpan).spanContext();
      expect(asked).toEqual([`00-${traceId}-${spanId}-01`]);
    } else {
      await until(() => calls(tracing, "tools/call ask")[1]);
      const [first, second] = calls(tracing, "tools/call ask") as [ReadableSpan, ReadableSpan];
      const { traceId, spanId } = first.spanContext();
      expect(asked).toEqual([`00-${traceId}-${spanId}-01`]);
      expect(first.attributes["slipway.outcome"]).toBe("input_required");
      expect(second.attributes["slipway.outcome"]).toBe("complete");
      expect(second.links.map((link) => link.context.spanId)).toEqual([spanId]);
    }
  });

  test("is where the correlation id comes from, which a handler has and an error names", async () => {
    new Tracing().register();
    const { url } = await start();
    const client = await connect(url, era);
    const from = clientContext();
    const meta = { traceparent: from.traceparent };
    const { content } = await client.callTool("correlation", {}, { meta });
    expect(content).toEqual([{ type: "text", text: from.traceId }]);
    const failed = await client.callTool("explode", {}, { meta });
    expect(failed.content).toEqual([{ type: "text", text: `Internal error (reference ${from.traceId})` }]);
  });

  test("is not made where its trace is not sampled, and what it asks says so", async () => {
    const tracing = new Tracing(new AlwaysOffSampler()).register();
    const { url } = await start();
    const asked: unknown[] = [];
    const client = await McpClient.connect(new HttpTransport(new URL(url)), {
      info: { name: "test", version: "1.0.0" },
      protocolVersions: versions(era),
      elicitation: {
        form: (request) => {
          asked.push((request as { _meta?: { traceparent?: string } })._meta?.traceparent);
          return { action: "cancel" };
        },
      },
    });
    open.push(client);
    await client.callTool("ask");
    expect(asked).toEqual([expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/)]);
    expect(tracing.spans).toEqual([]);
  });
});

test("what is sampled may be decided before a span is made; who has begun a trace decides for it", async () => {
  const tracing = new Tracing().register();
  const { url } = await start({ sampled: 0 });
  const client = await connect(url, "modern");
  const { content } = await client.callTool("correlation");
  expect(content).toEqual([{ type: "text", text: expect.stringMatching(/^[0-9a-f]{32}$/) }]);
  await client.callTool("work");
  const [on, off] = [clientContext(true), clientContext(false)];
  await client.callTool("work", {}, { meta: { traceparent: off.traceparent } });
  expect(tracing.spans).toEqual([]);
  await client.callTool("work", {}, { meta: { traceparent: on.traceparent } });
  expect((await callSpan(tracing, "tools/call work")).parentSpanContext?.spanId).toBe(on.spanId);
  expect(tracing.spans.map(({ name }) => name).sort()).toEqual(["own work", "tools/call work"]);
  await expect(observe({ traces: { sampled: 2 } })).rejects.toThrow(
    "traces.sampled: expected a number from 0 to 1",
  );
});

test("the run of a task belongs to the trace of the call that made it", async () => {
  const tracing = new Tracing().register();
  const { url } = await start();
  const from = clientContext();
  const client = await connect(url, "modern");
  const meta = { traceparent: from.traceparent };
  expect((await client.callTool("long", {}, { meta })).content).toEqual([{ type: "text", text: "at last" }]);
  const spans = await until(() => {
    const found = calls(tracing, "tools/call long");
    return found.length === 2 ? found : undefined;
  });
  const [made, run] = ["task", "complete"].map((outcome) =>
    spans.find(({ attributes }) => attributes["slipway.outcome"] === outcome),
  );
  expect(made?.parentSpanContext?.spanId).toBe(from.spanId);
  expect(run?.spanContext().traceId).toBe(from.traceId);
  expect(run?.attributes["slipway.task.id"]).toEqual(expect.any(String));
  expect(run?.links.map(({ context }) => context.spanId)).toEqual([made?.spanContext().spanId]);
});

test("over stdio calls are traced as elsewhere", async () => {
  const tracing = new Tracing().register();
  const [input, output] = [new PassThrough(), new PassThrough()];
  const server = createShop({ logger: quiet });
  const observing = await observe({ traces: true });
  const served = serveStdio(server, { input, output, observe: observing });
  const answers = createInterface(output);
  const from = clientContext();
  const answered = once(answers, "line");
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
    traceparent: from.traceparent,
  };
  const params = { name: "work", arguments: {}, _meta };
  input.write(`${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params })}\n`);
  await answered;
  const span = await callSpan(tracing, "tools/call work");
  expect(span.parentSpanContext?.spanId).toBe(from.spanId);
  expect(span.attributes["network.transport"]).toBe("pipe");
  expect(tracing.childrenOf(span).map(({ name }) => name)).toEqual(["own work"]);
  await served.close();
});

test("a client's context is only linked where clients are not trusted", async () => {
  const tracing = new Tracing().register();
  const { url } = await start({ clients: "link" });
  const from = clientContext(false);
  await (await connect(url, "modern")).callTool("greet", {}, { meta: { traceparent: from.traceparent } });
  const span = await callSpan(tracing, "tools/call greet");
  expect(span.parentSpanContext).toBeUndefined();
  expect(span.links.map((link) => link.context.spanId)).toEqual([from.spanId]);
});

test("a span in which the request is served already is linked, or the parent where _meta names none", async () => {
  const tracing = new Tracing().register();
  const observing = await observe({ traces: true });
  const { StreamableHttpTransport } = await import("slipway");
  const handler = new StreamableHttpTransport({ observe: observing }).bind(createShop());
  const outer = trace.getTracer("http").startSpan("POST /mcp");
  const from = clientContext();
  const send = (meta: object) =>
    context.with(trace.setSpan(context.active(), outer), () =>
      handler(
        new Request("http://127.0.0.1/mcp", {
          method: "POST",
          headers: { "content-type": "application/json", accept: "application/json, text/event-stream" },
          body: JSON.stringify({
            jsonrpc: "2.0",
            id: 1,
            method: "tools/call",
            params: { name: "greet", _meta: meta },
          }),
        }),
      ),
    );
  await send({});
  expect(tracing.childrenOf(outer as unknown as ReadableSpan).map(({ name }) => name)).toEqual([
    "tools/call greet",
  ]);
  tracing.exporter.reset();
  await send({ traceparent: from.traceparent });
  const span = tracing.span("tools/call greet");
  expect(span.parentSpanContext?.spanId).toBe(from.spanId);
  expect(span.links.map((link) => link.context.spanId)).toEqual([outer.spanContext().spanId]);
});

test("a provider may be given without registering anything", async () => {
  const tracing = new Tracing();
  const { url } = await start({ tracerProvider: tracing.provider });
  const from = clientContext();
  await (await connect(url, "modern")).callTool("greet", {}, { meta: { traceparent: from.traceparent } });
  expect((await callSpan(tracing, "tools/call greet")).parentSpanContext?.spanId).toBe(from.spanId);
});

test("without any provider calls are served as ever, and a client's context goes on to its questions", async () => {
  const { url } = await start();
  const client = await connect(url, "modern");
  expect((await client.callTool("greet")).content).toEqual([{ type: "text", text: "Hello, you!" }]);
});

describe("over Redis", () => {
  let redis: RedisServer;

  beforeAll(async () => {
    redis = await RedisServer.start();
  });

  test("operations of the store are children of the call that needs them", async () => {
    const tracing = new Tracing().register();
    const client = clientOf("ioredis", redis.url);
    const store = redisStore(client);
    open.push(store);
    const { url } = await start(true, { store });
    const peer = await connect(url, "legacy");
    await peer.callTool("open");
    const span = await callSpan(tracing, "tools/call open");
    const children = tracing.childrenOf(span);
    expect(children.map(({ name }) => name)).toContain("sessions.saveCall");
    const saved = children.find(({ name }) => name === "sessions.saveCall") as ReadableSpan;
    expect(saved.kind).toBe(SpanKind.CLIENT);
    expect(saved.attributes).toMatchObject({
      "slipway.store.port": "sessions",
      "slipway.store.operation": "saveCall",
    });
    expect(saved.ended).toBe(true);
    const [seconds, nanos] = saved.duration;
    expect(seconds * 1e9 + nanos).toBeGreaterThan(0);
  });
});
