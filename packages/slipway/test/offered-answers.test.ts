import { McpServer } from "slipway";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { openWire, transports } from "./support/index.ts";

const name = z.object({ name: z.string() });

function createServer(): McpServer {
  return new McpServer({ name: "offered", version: "1.0.0" })
    .tool("named", {
      handler: async (_args, ctx) => {
        await ctx.progress({ progress: 1 });
        const answer = await ctx.elicit({ key: "who", message: "Who?", schema: name });
        const again = await ctx.elicit({ key: "whose", message: "Whose?", schema: name });
        return `${JSON.stringify(answer)} ${JSON.stringify(again)}`;
      },
    })
    .tool("unnamed", {
      handler: async (_args, ctx) => JSON.stringify(await ctx.elicit({ message: "Who?", schema: name })),
    })
    .resource("test://asked", {
      cacheHints: { ttlMs: 60_000, cacheScope: "public" },
      handler: async (_uri, _variables, ctx) =>
        JSON.stringify(await ctx.elicit({ key: "who", message: "Who?", schema: name })),
    });
}

const ada = { action: "accept", content: { name: "Ada" } };

describe.each(transports)("answers without requestState, over %s", (transport) => {
  const open = () => openWire(createServer(), { transport, era: "modern" });

  it("serve the questions that the handler names, and others are asked", async () => {
    const wire = await open();
    const inputResponses = { who: ada, unknown: ada };
    const first = await wire.request("tools/call", { name: "named", arguments: {}, inputResponses });
    expect(first.result).toMatchObject({ resultType: "input_required" });
    expect(Object.keys(first.result["inputRequests"])).toEqual(["whose"]);

    const { requestState } = first.result;
    const retry = { name: "named", arguments: {}, inputResponses: { whose: ada }, requestState };
    const last = await wire.request("tools/call", retry);
    expect(last.result["content"]).toEqual([
      { type: "text", text: `${JSON.stringify(ada)} ${JSON.stringify(ada)}` },
    ]);
  });

  it("do not keep the first run from reporting progress", async () => {
    const wire = await open();
    const params = { name: "named", arguments: {}, inputResponses: { who: ada, whose: ada } };
    const stream = wire.start("tools/call", params, { meta: { progressToken: "p" } });
    expect((await stream.next()).method).toBe("notifications/progress");
  });

  it("do not serve a question that has no name of its own", async () => {
    const wire = await open();
    const inputResponses = { elicitation: ada };
    const reply = await wire.request("tools/call", { name: "unnamed", arguments: {}, inputResponses });
    expect(reply.result).toMatchObject({ resultType: "input_required" });
  });

  it("are held to the question's schema", async () => {
    const wire = await open();
    const inputResponses = { who: { action: "accept", content: { name: 1 } } };
    const reply = await wire.request("tools/call", { name: "named", arguments: {}, inputResponses });
    expect(reply.error.code).toBe(-32602);
  });

  it.each([
    ["a number", 1],
    ["null", null],
    ["a value that is no object", { who: 1 }],
  ])("are refused as %s", async (_name, inputResponses) => {
    const wire = await open();
    const reply = await wire.request("tools/call", { name: "named", arguments: {}, inputResponses });
    expect(reply.error).toMatchObject({ code: -32602, message: expect.stringContaining("inputResponses") });
  });

  it("are not looked at where no question can be asked", async () => {
    const wire = await open();
    const reply = await wire.request("tools/list", { inputResponses: 1 });
    expect(reply.result["tools"]).toHaveLength(2);
  });

  it("make a resource's contents depend on them, so that these are not cached", async () => {
    const wire = await open();
    const reply = await wire.request("resources/read", { uri: "test://asked", inputResponses: { who: ada } });
    expect(reply.result).toMatchObject({ ttlMs: 0, cacheScope: "private" });
  });
});
