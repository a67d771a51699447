import { type Context as Active, trace } from "@opentelemetry/api";
import { expect, test } from "vitest";
import { StreamableHttpTransport } from "../../http/index.ts";
import { type Call, Journal, McpServer, type Observer } from "../../server/index.ts";
import { observe } from "../observe.ts";

const earlier = { traceId: "a".repeat(32), spanId: "b".repeat(16) };
const sent = { traceId: "c".repeat(32), spanId: "d".repeat(16) };
const traceparentOf = ({ traceId, spanId }: typeof earlier) => `00-${traceId}-${spanId}-01`;

interface Begun {
  readonly name: string;
  readonly parent: string | undefined;
  readonly links: readonly string[];
}

/** What is begun for a call that goes on from a journal, as where its machine died. */
async function begunFor(meta: object): Promise<Begun[]> {
  const begun: Begun[] = [];
  const tracerProvider = {
    getTracer: () => ({
      startSpan(name: string, settings: { links?: { context: typeof earlier }[] }, within: Active) {
        const parent = trace.getSpanContext(within);
        const links = (settings.links ?? []).map((link) => link.context.spanId);
        begun.push({ name, parent: parent?.spanId, links });
        return trace.wrapSpanContext({ traceId: sent.traceId, spanId: "e".repeat(16), traceFlags: 0 });
      },
    }),
  };
  const observing = await observe({ traces: { tracerProvider } });
  const resumed: Observer = {
    ...observing,
    serve: (call: Call, next) => {
      call.journal = new Journal({ entries: [], emitted: 0, trace: traceparentOf(earlier) });
      return observing.serve(call, next);
    },
  };
  const server = new McpServer({ name: "watched", version: "1.0.0" });
  server.tool("greet", { handler: () => "hello" });
  const handler = new StreamableHttpTransport({ observe: resumed }).bind(server);
  const params = { name: "greet", _meta: meta };
  await handler(
    new Request("http://127.0.0.1/mcp", {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json, text/event-stream" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params }),
    }),
  );
  return begun;
}

test("a call that goes on elsewhere is a child of the run that it goes on from", async () => {
  expect(await begunFor({})).toEqual([{ name: "tools/call", parent: earlier.spanId, links: [] }]);
});

test("where its request has brought a context, that is the parent, and the run before is linked", async () => {
  const begun = await begunFor({ traceparent: traceparentOf(sent) });
  expect(begun).toEqual([{ name: "tools/call", parent: sent.spanId, links: [earlier.spanId] }]);
});

test("what is no context is none", async () => {
  for (const traceparent of ["", "00-xyz", `00-${"0".repeat(32)}-${"d".repeat(16)}-01`, 7, { length: 3 }]) {
    expect(await begunFor({ traceparent })).toMatchObject([{ parent: earlier.spanId }]);
  }
});
