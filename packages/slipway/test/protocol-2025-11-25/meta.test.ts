import { McpServer } from "slipway";
import { describe, expect, test } from "vitest";
import { openWire, transports } from "../support/index.ts";
import { makeRichServer, silent } from "./rich-server.ts";

const REVISION = "2025-11-25";

const NO_PREFIX = ["1a/x", "a-/x", "a..b/x", "/x", "-a/x", "a_b/x", "a b/x", "a//x", "ä/x", ".a/x"];
const NO_NAME = ["com.example/-x", "com.example/x_", "x_", ".x", "com.example/x y", "ü"];
const KEYS = ["com.example/", "com.example/x", "x", "x-y_z.1", "a1.b-2.c/9", "io.modelcontextprotocol/x", ""];

describe.each(transports)("_meta over %s", (transport) => {
  const open = (server: McpServer) => openWire(server, { transport, era: REVISION });

  test("of a request may have reserved keys with any value, which are passed on as they are [2025-11-25/meta/reserved-keys-not-presumed]", async () => {
    const server = new McpServer({ name: "meta", version: "1.0.0", logger: silent });
    server.tool("see", { handler: (_, ctx) => JSON.stringify(ctx.request.params?.["_meta"] ?? null) });
    const wire = await open(server);
    for (const value of [null, true, 7, "text", [1], { a: { b: 1 } }]) {
      const meta = {
        "io.modelcontextprotocol/related-task": value,
        "dev.mcp/unknown": value,
        "org.modelcontextprotocol.api/x": value,
        "com.mcp.tools/x": value,
        "": value,
      };
      const reply = await wire.callTool("see", {}, { meta });
      expect(JSON.parse(reply.toolText)).toEqual(meta);
      expect((await wire.request("tools/list", {}, { meta })).result.tools).toHaveLength(1);
    }
  });

  test.each([...NO_PREFIX, ...NO_NAME])(
    "with the key %j is not sent, and the log names the key [2025-11-25/meta/prefix-format] [2025-11-25/meta/name-format]",
    async (key) => {
      const errors: string[] = [];
      const logger = {
        ...silent,
        error: (message: string, error: unknown) => errors.push(`${message} ${error}`),
      };
      const server = new McpServer({ name: "meta", version: "1.0.0", logger });
      const _meta = { [key]: 1 };
      server.tool("result", { handler: () => ({ content: [], _meta }) });
      server.prompt("result", { handler: () => ({ messages: [], _meta }) });
      server.resource("test://a", { handler: () => ({ contents: [{ uri: "test://a", text: "a" }], _meta }) });
      const wire = await open(server);
      for (const reply of [
        await wire.callTool("result"),
        await wire.request("prompts/get", { name: "result" }),
        await wire.request("resources/read", { uri: "test://a" }),
      ]) {
        expect(reply.response?.error ?? reply.result.isError).toBeTruthy();
        expect(reply.response?.result ?? {}).not.toHaveProperty("_meta");
        expect(errors.pop()).toContain(JSON.stringify(key));
      }
    },
  );

  test.each(KEYS)(
    "with the key %j is sent [2025-11-25/meta/prefix-format] [2025-11-25/meta/name-format]",
    async (key) => {
      const server = new McpServer({ name: "meta", version: "1.0.0" });
      server.tool("result", { _meta: { [key]: 2 }, handler: () => ({ content: [], _meta: { [key]: 1 } }) });
      const wire = await open(server);
      expect((await wire.callTool("result")).result._meta).toEqual({ [key]: 1 });
      expect((await wire.request("tools/list")).result.tools[0]._meta).toEqual({ [key]: 2 });
    },
  );

  test("has no key that the server makes up [2025-11-25/meta/prefix-reverse-dns]", async () => {
    const wire = await open(makeRichServer());
    const answers = { "roots/list": { roots: [] } };
    const replies = [
      await wire.request("tools/list"),
      await wire.request("resources/list"),
      await wire.request("prompts/list"),
      await wire.callTool("report", {}, { meta: { progressToken: "t" } }),
      await wire.callTool("structured"),
      await wire.callTool("roots", {}, { answers }),
      await wire.request("resources/read", { uri: "test://a" }),
    ];
    const texts = [wire.initialized?.text ?? "", ...replies.map(({ text }) => text)].join("\n");
    const keys = [...texts.matchAll(/"_meta":\{([^}]*)\}/g)].flatMap(([, members = ""]) =>
      [...members.matchAll(/"([^"]*)":/g)].map(([, key]) => key),
    );
    // Those that the server's author gave.
    expect(new Set(keys)).toEqual(new Set(["com.example/shelf"]));
  });
});

test.each([...NO_PREFIX, ...NO_NAME])(
  "a definition with the key %j in its _meta is refused [2025-11-25/meta/prefix-format] [2025-11-25/meta/name-format]",
  (key) => {
    const server = new McpServer({ name: "meta", version: "1.0.0" });
    const _meta = { [key]: 1 };
    expect(() => server.tool("a", { _meta, handler: () => "" })).toThrow(key);
    expect(() => server.prompt("a", { _meta, handler: () => "" })).toThrow(key);
    expect(() => server.resource("test://a", { _meta, handler: () => "" })).toThrow(key);
    expect(() => server.resource("test://{a}", { _meta, handler: () => "" })).toThrow(key);
  },
);
