import { McpServer } from "slipway";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { recordingLogger } from "../recording-logger.ts";
import { openWire, type Wild } from "../support/index.ts";

const info = { name: "library", version: "1.0.0" };
const handler = () => "";

async function open(server: McpServer) {
  return openWire(server, { transport: "fetch" });
}

describe("a resource's registration", () => {
  test("lists all that was given, and nothing that was not", async () => {
    const full = {
      name: "all",
      title: "All books",
      description: "Every one.",
      mimeType: "text/plain",
      annotations: { audience: ["user" as const], priority: 0.5, lastModified: "2025-01-01T00:00:00Z" },
      icons: [{ src: "https://example.com/a.png" }],
      _meta: { "com.example/x": 1 },
    };
    const server = new McpServer(info)
      .resource("books://bare", { handler })
      .resource("books://full", { ...full, size: 12, handler })
      .resource("books://third", { title: "Third" }, handler)
      .resource("books://{id}", { handler })
      .resource("books://{id}/full", { ...full, handler });
    const wire = await open(server);
    expect((await wire.request("resources/list")).result.resources).toEqual([
      { uri: "books://bare", name: "books://bare" },
      { uri: "books://full", ...full, size: 12 },
      { uri: "books://third", name: "books://third", title: "Third" },
    ]);
    expect((await wire.request("resources/templates/list")).result.resourceTemplates).toEqual([
      { uriTemplate: "books://{id}", name: "books://{id}" },
      { uriTemplate: "books://{id}/full", ...full },
    ]);
  });

  test("refuses what is taken, what has no handler, and completers of what is no variable", () => {
    const server = new McpServer(info)
      .resource("books://a", { handler })
      .resource("books://{a}", { handler });
    expect(server.resource("books://chained", { handler })).toBe(server);
    expect(() => server.resource("books://a", { handler })).toThrow(
      'The resource "books://a" is registered already',
    );
    expect(() => server.resource("books://{a}", { handler })).toThrow(
      'template "books://{a}" is registered already',
    );
    expect(() => server.resource("books://b", {} as never)).toThrow(
      'The resource "books://b" needs a handler',
    );
    expect(() => server.resource("", { handler })).toThrow("A resource needs a name that is not empty.");
    expect(() => server.resource("books://{b}", { complete: { c: [] } as never, handler })).toThrow(
      'complete.c: the resource template "books://{b}" has no "c".',
    );
    expect(() => server.resource("books://{", { handler })).toThrow(/Malformed URI template/);
  });
});

describe("a resource's handler", () => {
  async function read(returned: unknown, uri = "books://1", definition: object = {}): Promise<Wild> {
    const server = new McpServer({ ...info, logger: recordingLogger() });
    server.resource("books://{id}", { ...definition, handler: () => returned as string });
    const reply = await (await open(server)).request("resources/read", { uri });
    return reply.response?.result?.contents ?? reply.error.code;
  }
  const mimeType = "text/markdown";

  test.each<[what: string, returned: unknown, contents: unknown]>([
    ["a string", "x", [{ uri: "books://1", mimeType, text: "x" }]],
    ["bytes", new Uint8Array([104, 105]), [{ uri: "books://1", mimeType, blob: "aGk=" }]],
    ["a buffer", Buffer.from("hi"), [{ uri: "books://1", mimeType, blob: "aGk=" }]],
    ["contents", { uri: "books://2", text: "y" }, [{ uri: "books://2", text: "y" }]],
    ["a list of contents", [{ uri: "books://2", text: "y" }], [{ uri: "books://2", text: "y" }]],
    ["a result", { contents: [{ uri: "books://2", blob: "aGk=" }] }, [{ uri: "books://2", blob: "aGk=" }]],
    ["an empty list", [], []],
    ["an empty result", { contents: [] }, []],
    ["undefined", undefined, -32602],
    ["null", null, -32602],
    ["a number", 7, -32603],
    ["what has neither text nor bytes", { uri: "books://2" }, -32603],
  ])("may return %s", async (_, returned, contents) => {
    expect(await read(returned, undefined, { mimeType })).toEqual(contents);
    expect(await read(Promise.resolve(returned), undefined, { mimeType })).toEqual(contents);
  });

  test("gets the URI, the decoded values of the variables, and the context", async () => {
    const seen: unknown[] = [];
    const keep = (uri: URL, variables: object, ctx: { request: { method: string } }) => {
      seen.push([uri.href, { ...variables }, ctx.request.method]);
      return "";
    };
    const server = new McpServer(info)
      .resource("books://exact", {}, keep)
      .resource("books://of/{author}/{+path}", { handler: keep })
      .resource("books://search{?q,tags*}", { handler: keep });
    const wire = await open(server);
    for (const uri of [
      "books://exact",
      "books://of/J%C3%BCrgen/a/b%20c",
      "books://search?q=x%26y&tags=a&tags=b",
      "books://search",
    ]) {
      await wire.request("resources/read", { uri });
    }
    expect(seen).toEqual([
      ["books://exact", {}, "resources/read"],
      ["books://of/J%C3%BCrgen/a/b%20c", { author: "Jürgen", path: "a/b c" }, "resources/read"],
      ["books://search?q=x%26y&tags=a&tags=b", { q: "x&y", tags: "a,b" }, "resources/read"],
      ["books://search", {}, "resources/read"],
    ]);
  });

  test("is that of the exact URI, else of the most specific template", async () => {
    const server = new McpServer(info)
      .resource("books://{+any}", { handler: () => "any" })
      .resource("books://of/{id}", { handler: () => "one" })
      .resource("books://of/{id}/pages", { handler: () => "pages" })
      .resource("books://of/7", { handler: () => "seven" });
    const wire = await open(server);
    const read = async (uri: string) =>
      (await wire.request("resources/read", { uri })).result.contents[0].text;
    expect(await read("books://of/7")).toBe("seven");
    expect(await read("books://of/8")).toBe("one");
    expect(await read("books://of/8/pages")).toBe("pages");
    expect(await read("books://else/where")).toBe("any");
  });

  test("is not asked for what a more specific one keeps from the caller", async () => {
    const visible = () => false;
    const server = new McpServer(info)
      .resource("books://{+any}", { handler: () => "any" })
      .resource("books://secret", { visible, handler: () => "secret" })
      .resource("books://secret/{id}", { visible, handler: () => "secret" })
      .resource("films://{hidden}", { visible, handler: () => "secret" })
      .resource("films://{shown}", { handler: () => "shown" });
    const wire = await open(server);
    const read = async (uri: string) => (await wire.request("resources/read", { uri })).response;
    expect((await read("books://secret"))?.error?.code).toBe(-32602);
    expect((await read("books://secret/1"))?.error?.code).toBe(-32602);
    expect((await read("books://other/1"))?.result.contents[0].text).toBe("any");
    // Of equally specific ones, the one that the caller may see.
    expect((await read("films://1"))?.result.contents[0].text).toBe("shown");
  });

  test("gives hints for caching with what it returns, over those of the registration", async () => {
    const server = new McpServer(info)
      .resource("books://own", {
        cacheHints: { ttlMs: 1 },
        handler: () => ({ contents: [], cacheHints: { ttlMs: 2, cacheScope: "public" as const } }),
      })
      .resource("books://registered", { cacheHints: { ttlMs: 3, cacheScope: "public" }, handler });
    const wire = await open(server);
    const read = async (uri: string) => (await wire.request("resources/read", { uri })).result;
    expect(await read("books://own")).toMatchObject({ ttlMs: 2, cacheScope: "public" });
    expect(await read("books://own")).not.toHaveProperty("cacheHints");
    expect(await read("books://registered")).toMatchObject({ ttlMs: 3, cacheScope: "public" });
  });
});

describe("a template's list", () => {
  test("adds to resources/list, without doubles, and gets the context", async () => {
    const server = new McpServer(info)
      .resource("books://1", { name: "registered", handler })
      .resource("books://{id}", {
        list: (ctx) => [
          { uri: "books://1", name: "listed" },
          { uri: "books://2", name: ctx.request.method, mimeType: "text/plain" },
        ],
        handler,
      })
      .resource("films://{id}", { list: async () => [{ uri: "films://1", name: "film" }], handler })
      .resource("songs://{id}", { handler });
    const wire = await open(server);
    expect((await wire.request("resources/list")).result.resources).toEqual([
      { uri: "books://1", name: "registered" },
      { uri: "books://2", name: "resources/list", mimeType: "text/plain" },
      { uri: "films://1", name: "film" },
    ]);
  });

  test("that fails, or gives what is no resource, is an internal error that tells nothing", async () => {
    for (const list of [
      () => {
        throw new Error("secret");
      },
      () => [{ name: "secret" }],
      () => [{ uri: "secret", name: "x" }],
      () => [{ uri: "books://secret" }],
    ]) {
      const logger = recordingLogger();
      const server = new McpServer({ ...info, logger }).resource("books://{id}", {
        list: list as never,
        handler,
      });
      const { error, messages } = await (await open(server)).request("resources/list");
      expect(error.code).toBe(-32603);
      expect(JSON.stringify(messages)).not.toContain("secret");
      expect(logger.text()).toContain(error.data.reference);
    }
  });
});

describe("a prompt's registration", () => {
  test("lists all that was given, with the arguments of a schema", async () => {
    const server = new McpServer(info)
      .prompt("bare", { handler })
      .prompt("listed", {
        arguments: [{ name: "a", title: "A", description: "The a.", required: true }, { name: "b" }],
        handler,
      })
      .prompt("schema", {
        title: "Schema",
        description: "With a schema.",
        icons: [{ src: "https://example.com/a.png" }],
        _meta: { "com.example/x": 1 },
        arguments: z.object({
          a: z.string().meta({ title: "A", description: "The a." }),
          b: z.string().optional(),
          c: z.string().default("x"),
        }),
        handler,
      });
    const wire = await open(server);
    expect((await wire.request("prompts/list")).result.prompts).toEqual([
      { name: "bare" },
      {
        name: "listed",
        arguments: [{ name: "a", title: "A", description: "The a.", required: true }, { name: "b" }],
      },
      {
        name: "schema",
        title: "Schema",
        description: "With a schema.",
        icons: [{ src: "https://example.com/a.png" }],
        _meta: { "com.example/x": 1 },
        arguments: [
          { name: "a", title: "A", description: "The a.", required: true },
          { name: "b", required: false },
          { name: "c", required: false },
        ],
      },
    ]);
  });

  test("refuses what is taken, what has no handler, and completers of what is no argument", () => {
    const server = new McpServer(info).prompt("a", { handler });
    expect(server.prompt("chained", { handler })).toBe(server);
    expect(() => server.prompt("a", { handler })).toThrow('The prompt "a" is registered already');
    expect(() => server.prompt("", { handler })).toThrow("A prompt needs a name that is not empty.");
    expect(() => server.prompt("b", {} as never)).toThrow('The prompt "b" needs a handler');
    expect(() => server.prompt("b", { arguments: [{ name: "x" }], complete: { y: [] }, handler })).toThrow(
      'complete.y: the prompt "b" has no "y".',
    );
    expect(() => server.prompt("b", { complete: { y: [] }, handler })).toThrow('has no "y"');
    expect(() => server.prompt("b", { arguments: z.string() as never, handler })).toThrow(
      /arguments of the prompt "b"/,
    );
  });
});

describe("a prompt's handler", () => {
  const message = { role: "assistant", content: { type: "text", text: "y" } };

  test.each<[what: string, returned: unknown, result: object]>([
    [
      "a string",
      "x",
      { description: "D", messages: [{ role: "user", content: { type: "text", text: "x" } }] },
    ],
    ["messages", [message], { description: "D", messages: [message] }],
    ["no messages", [], { description: "D", messages: [] }],
    ["a result", { messages: [message] }, { description: "D", messages: [message] }],
    [
      "a result with its own description",
      { description: "E", messages: [message] },
      { description: "E", messages: [message] },
    ],
  ])("may return %s", async (_, returned, result) => {
    for (const value of [returned, Promise.resolve(returned)]) {
      const server = new McpServer(info).prompt("p", { description: "D", handler: () => value as string });
      const reply = await (await open(server)).request("prompts/get", { name: "p" });
      expect(reply.result).toMatchObject(result);
    }
  });

  test("gets what the schema yields", async () => {
    const seen: unknown[] = [];
    const server = new McpServer(info).prompt("p", {
      arguments: z.object({ days: z.string().transform(Number), tone: z.string().default("kind") }),
      handler: (args) => {
        seen.push(args);
        return "";
      },
    });
    await (await open(server)).request("prompts/get", { name: "p", arguments: { days: "3" } });
    expect(seen).toEqual([{ days: 3, tone: "kind" }]);
  });
});

describe("completers", () => {
  test("get the typed value, the settled arguments and the context, and may be async", async () => {
    const seen: unknown[] = [];
    const server = new McpServer(info)
      .prompt("p", {
        arguments: [{ name: "a" }, { name: "b" }],
        complete: {
          a: async (value, { arguments: settled, ctx }) => {
            seen.push([value, { ...settled }, ctx.request.method]);
            return { values: ["x"], total: 7 };
          },
        },
        handler,
      })
      .resource("books://{id}", { complete: { id: ["one", "two"] }, handler });
    const wire = await open(server);
    const complete = async (ref: object, name: string, value: string) =>
      (
        await wire.request("completion/complete", {
          ref,
          argument: { name, value },
          context: { arguments: { b: "set" } },
        })
      ).result.completion;
    expect(await complete({ type: "ref/prompt", name: "p" }, "a", "t")).toEqual({
      values: ["x"],
      total: 7,
      hasMore: true,
    });
    expect(seen).toEqual([["t", { b: "set" }, "completion/complete"]]);
    expect(await complete({ type: "ref/resource", uri: "books://{id}" }, "id", "t")).toEqual({
      values: ["two"],
      total: 1,
      hasMore: false,
    });
  });
});
