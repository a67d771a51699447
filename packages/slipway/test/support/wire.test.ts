import { McpServer } from "slipway";
import { describe, expect, test } from "vitest";
import { gate, matrix, openWire, revisions } from "./index.ts";

function makeServer() {
  const server = new McpServer({ name: "harness", version: "1.0.0" });
  server.tool("greet", {
    inputSchema: { type: "object", properties: { name: { type: "string" } } } as const,
    handler: ({ name }) => `Hello, ${name}!`,
  });
  server.tool("ask", {
    handler: async (_, ctx) => {
      await ctx.progress({ progress: 1 });
      const [root] = await ctx.listRoots();
      return root?.uri ?? "none";
    },
  });
  server.resource("test://a", { handler: () => "a" });
  return server;
}

describe.each(matrix({ revisions }))("a wire of $revision over $transport", ({ transport, revision }) => {
  test("makes requests", async () => {
    const wire = await openWire(makeServer(), { transport, era: revision });
    const reply = await wire.callTool("greet", { name: "wire" });
    expect(reply.toolText).toBe("Hello, wire!");
    expect(reply.status).toBe(wire.overHttp ? 200 : 0);
  });

  test("answers what the server asks", async () => {
    const wire = await openWire(makeServer(), { transport, era: revision });
    const reply = await wire.callTool("ask", undefined, {
      meta: { progressToken: "t" },
      answers: { "roots/list": { roots: [{ uri: "file:///a" }] } },
    });
    expect(reply.toolText).toBe("file:///a");
    expect(reply.asks.map(({ method }) => method)).toEqual(["roots/list"]);
  });

  test("reads what it cannot make sense of", async () => {
    const wire = await openWire(makeServer(), { transport, era: revision });
    const reply = await wire.send("{").reply();
    expect(reply.error.code).toBe(-32700);
    expect(wire.received.at(-1)).toEqual(reply.response);
  });

  test("listens for changes", async () => {
    const server = makeServer();
    const wire = await openWire(server, { transport, era: revision });
    const stream = await wire.listen({ toolsListChanged: true, resourceSubscriptions: ["test://a"] });
    server.notify("notifications/resources/updated", { uri: "test://a" });
    expect((await stream.next()).params.uri).toBe("test://a");
    server.tool("more", { handler: () => "" });
    expect((await stream.next()).method).toBe("notifications/tools/list_changed");
    stream.close();
    await stream.ended;
  });

  test("cancels as its era does", async () => {
    const aborted = gate();
    const server = makeServer().tool("hang", {
      handler: async (_, ctx) => {
        ctx.signal.addEventListener("abort", () => aborted.open());
        await ctx.progress({ progress: 1 });
        await aborted.opened;
      },
    });
    const wire = await openWire(server, { transport, era: revision });
    const stream = wire.startTool("hang", {}, { meta: { progressToken: 1 } });
    expect((await stream.next()).params.progress).toBe(1);
    await stream.cancel();
    await aborted.opened;
  });
});
