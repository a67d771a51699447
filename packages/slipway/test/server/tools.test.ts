import { McpServer, RpcError, ToolError } from "slipway";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { recordingLogger } from "../recording-logger.ts";
import { openWire, type Wild } from "../support/index.ts";

const info = { name: "tools", version: "1.0.0" };
const handler = () => "";

async function open(server: McpServer) {
  return openWire(server, { transport: "fetch" });
}

/** What a tool whose handler returns this gives to the client. */
async function resultOf(returned: unknown, definition: object = {}): Promise<Wild> {
  const server = new McpServer({ ...info, logger: recordingLogger() });
  server.tool("t", { ...definition, handler: () => returned as string });
  const { resultType: _, _meta: __, ...result } = (await (await open(server)).callTool("t")).result;
  return result;
}

describe("a tool's registration", () => {
  test("can be chained", () => {
    const server = new McpServer(info);
    expect(server.tool("a", { handler })).toBe(server);
  });

  test("lists all that was given, and nothing that was not", async () => {
    const icons = [{ src: "https://example.com/a.png", mimeType: "image/png", sizes: ["48x48"] }];
    const server = new McpServer(info).tool("bare", { handler }).tool("full", {
      title: "Full",
      description: "Has it all.",
      inputSchema: z.object({ a: z.number() }),
      outputSchema: z.object({ b: z.string() }),
      annotations: { title: "Full", readOnlyHint: true, destructiveHint: false },
      icons,
      _meta: { "com.example/x": 1 },
      handler: () => ({ b: "" }),
    });
    const { tools } = (await (await open(server)).request("tools/list")).result;
    expect(tools).toEqual([
      { name: "bare", inputSchema: { type: "object", additionalProperties: false } },
      {
        name: "full",
        title: "Full",
        description: "Has it all.",
        icons,
        inputSchema: { type: "object", properties: { a: { type: "number" } }, required: ["a"] },
        outputSchema: expect.objectContaining({ type: "object", properties: { b: { type: "string" } } }),
        annotations: { title: "Full", readOnlyHint: true, destructiveHint: false },
        _meta: { "com.example/x": 1 },
      },
    ]);
  });

  test("refuses what is no name and no handler, and says how it is done", () => {
    const server = new McpServer(info);
    for (const name of ["", undefined, null, 7]) {
      expect(() => server.tool(name as string, { handler })).toThrow(
        "A tool needs a name that is not empty.",
      );
    }
    for (const definition of [undefined, null, {}, { handler: "x" }, () => ""]) {
      expect(() => server.tool("a", definition as never)).toThrow(
        'The tool "a" needs a handler: tool("a", { handler: … }).',
      );
    }
    expect(() => server.tool("a", { outputSchema: null, handler } as never)).toThrow(
      /outputSchema of the tool "a"/,
    );
  });

  test("that failed leaves the name free", () => {
    const server = new McpServer(info);
    expect(() => server.tool("a", { inputSchema: { type: "string" }, handler })).toThrow();
    expect(() => server.tool("a", { handler })).not.toThrow();
    expect(() => server.tool("a", { handler })).toThrow("remove it first to replace it");
  });
});

describe("a tool's handler may return", () => {
  const text = { type: "text", text: "x" };
  const image = { type: "image", data: "aGk=", mimeType: "image/png" };
  const link = { type: "resource_link", uri: "notes://a", name: "a" };
  const embedded = { type: "resource", resource: { uri: "notes://a", text: "" } };

  test.each<[what: string, returned: unknown, result: object]>([
    ["a string", "x", { content: [text] }],
    ["an empty string", "", { content: [{ type: "text", text: "" }] }],
    ["nothing", undefined, { content: [] }],
    ["a block", image, { content: [image] }],
    ["a link", link, { content: [link] }],
    ["a resource", embedded, { content: [embedded] }],
    ["several blocks", [text, image, link, embedded], { content: [text, image, link, embedded] }],
    ["no blocks", { content: [] }, { content: [] }],
    ["a result", { content: [text], _meta: { "a.b/c": 1 } }, { content: [text] }],
    ["an error result", { content: [text], isError: true }, { content: [text], isError: true }],
    [
      "a result with structure",
      { content: [text], structuredContent: { a: 1 } },
      { content: [text], structuredContent: { a: 1 } },
    ],
    [
      "structure alone",
      { structuredContent: { a: 1 } },
      { content: [{ type: "text", text: '{"a":1}' }], structuredContent: { a: 1 } },
    ],
    ["an object", { a: 1 }, { content: [{ type: "text", text: '{"a":1}' }], structuredContent: { a: 1 } }],
    [
      "an object with a type of its own",
      { type: "user", id: 1 },
      {
        content: [{ type: "text", text: '{"type":"user","id":1}' }],
        structuredContent: { type: "user", id: 1 },
      },
    ],
    [
      "an object with content of its own",
      { content: ["a", "b"], title: "T" },
      {
        content: [{ type: "text", text: '{"content":["a","b"],"title":"T"}' }],
        structuredContent: { content: ["a", "b"], title: "T" },
      },
    ],
    [
      "an object with typed content of its own",
      { content: [{ type: "page" }], title: "T" },
      {
        content: [{ type: "text", text: '{"content":[{"type":"page"}],"title":"T"}' }],
        structuredContent: { content: [{ type: "page" }], title: "T" },
      },
    ],
    ["a list", [1, 2], { content: [{ type: "text", text: "[1,2]" }], structuredContent: [1, 2] }],
    ["an empty list", [], { content: [{ type: "text", text: "[]" }], structuredContent: [] }],
    [
      "a list of objects with types",
      [{ type: "user" }],
      { content: [{ type: "text", text: '[{"type":"user"}]' }], structuredContent: [{ type: "user" }] },
    ],
    ["a number", 7, { content: [{ type: "text", text: "7" }], structuredContent: 7 }],
    ["false", false, { content: [{ type: "text", text: "false" }], structuredContent: false }],
    ["null", null, { content: [{ type: "text", text: "null" }], structuredContent: null }],
    [
      "a date",
      new Date(0),
      {
        content: [{ type: "text", text: '"1970-01-01T00:00:00.000Z"' }],
        structuredContent: "1970-01-01T00:00:00.000Z",
      },
    ],
  ])("%s", async (_, returned, result) => {
    expect(await resultOf(returned)).toEqual(result);
    expect(await resultOf(Promise.resolve(returned))).toEqual(result);
  });

  test("the metadata of a result, beside that of the server", async () => {
    const server = new McpServer(info).tool("t", {
      handler: () => ({ content: [], _meta: { "com.example/cost": 3 } }),
    });
    const { _meta } = (await (await open(server)).callTool("t")).result;
    expect(_meta).toMatchObject({
      "com.example/cost": 3,
      "io.modelcontextprotocol/serverInfo": { name: "tools" },
    });
  });

  test("with an output schema what the schema accepts, and the client gets what it yields", async () => {
    const outputSchema = z.object({
      total: z.number().default(0),
      at: z
        .string()
        .transform((text) => text.length)
        .pipe(z.number()),
    });
    const result = {
      content: [{ type: "text", text: '{"total":0,"at":3}' }],
      structuredContent: { total: 0, at: 3 },
    };
    expect(await resultOf({ at: "now", more: 1 }, { outputSchema })).toEqual(result);
    expect(await resultOf({ structuredContent: { at: "now" } }, { outputSchema })).toEqual(result);
    const own = [{ type: "text", text: "in words" }];
    expect(await resultOf({ structuredContent: { at: "now" }, content: own }, { outputSchema })).toEqual({
      content: own,
      structuredContent: { total: 0, at: 3 },
    });
  });

  test("with an output schema that checks later, the same", async () => {
    const outputSchema = z.object({ n: z.number().refine(async (n) => n > 0) });
    expect(await resultOf({ n: 1 }, { outputSchema })).toMatchObject({ structuredContent: { n: 1 } });
    expect(await resultOf({ n: 0 }, { outputSchema })).toMatchObject({ isError: true });
  });

  test("with a schema that has a member structuredContent of its own, the value in a result", async () => {
    const outputSchema = z.object({ structuredContent: z.number() });
    expect(await resultOf({ structuredContent: { structuredContent: 1 } }, { outputSchema })).toMatchObject({
      structuredContent: { structuredContent: 1 },
    });
  });
});

describe("what a tool's handler throws", () => {
  const fail = (error: unknown) => () => {
    throw error;
  };

  test("is told to the model, answered as it is, or masked, by what it is", async () => {
    class OwnToolError extends ToolError {}
    class OwnRpcError extends RpcError {}
    const server = new McpServer({ ...info, logger: recordingLogger() })
      .tool("spoken", { handler: fail(new ToolError("Sold out.")) })
      .tool("ownSpoken", { handler: fail(new OwnToolError("Sold out.")) })
      .tool("rpc", { handler: fail(new RpcError(7, "Seven", { why: 1 })) })
      .tool("ownRpc", { handler: fail(new OwnRpcError(7, "Seven")) })
      .tool("other", { handler: fail(new Error("secret")) })
      .tool("nothing", { handler: fail(undefined) })
      .tool("looksLikeOne", { handler: fail({ code: 7, message: "secret" }) });
    const wire = await open(server);
    for (const name of ["spoken", "ownSpoken"]) {
      expect((await wire.callTool(name)).result).toMatchObject({
        isError: true,
        content: [{ type: "text", text: "Sold out." }],
      });
    }
    expect((await wire.callTool("rpc")).error).toEqual({ code: 7, message: "Seven", data: { why: 1 } });
    expect((await wire.callTool("ownRpc")).error).toEqual({ code: 7, message: "Seven" });
    for (const name of ["other", "nothing", "looksLikeOne"]) {
      const reply = await wire.callTool(name);
      expect(reply.toolText).toMatch(/^Internal error \(reference [0-9a-f-]{36}\)$/);
      expect(reply.text).not.toContain("secret");
    }
  });
});
