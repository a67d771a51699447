import { type Context, type Logger, McpServer, ToolError } from "slipway";
import { z } from "zod";
import { fault } from "./fault.ts";

const NAME = { type: "object", properties: { name: { type: "string" } }, required: ["name"] } as const;

/** The schema of `shaped`: a keyword of each kind. */
const SHAPE = {
  type: "object",
  properties: {
    kind: { enum: ["a", "b", null] },
    amount: { type: "number", exclusiveMinimum: 0, multipleOf: 0.5 },
    tags: { type: "array", items: { type: "string", pattern: "^[a-z]+$" }, uniqueItems: true, maxItems: 3 },
    when: { type: "string", format: "date" },
    more: { $ref: "#/$defs/tree" },
  },
  required: ["kind"],
  dependentRequired: { amount: ["tags"] },
  additionalProperties: false,
  $defs: {
    tree: { type: "object", properties: { child: { $ref: "#/$defs/tree" } }, additionalProperties: false },
  },
} as const;

/** What the server's log was told that nothing which a client sends may bring about. */
export class Log {
  readonly #errors: string[] = [];

  readonly logger: Logger = {
    error: (message, ...details) => {
      this.#errors.push([message, ...details.map(inWords)].join(" "));
    },
    warn: () => {},
    info: () => {},
    debug: () => {},
  };

  check(): void {
    const [first] = this.#errors.splice(0);
    if (first !== undefined) fault("The server logged an error", first);
  }
}

function inWords(detail: unknown): string {
  return detail instanceof Error ? (detail.stack ?? detail.message) : JSON.stringify(detail);
}

/**
 * A server with something behind every method, whose own code does nothing wrong: whatever fails in it, bad input has
 * brought it there.
 */
export function makeServer(logger: Logger): McpServer {
  const server = new McpServer({
    name: "fuzzed",
    version: "1",
    logger,
    pageSize: 4,
    instructions: "Send what you like.",
    tasks: { pollIntervalMs: 1, maxRunning: 100_000 },
  });
  addTools(server);
  addAsking(server);
  server
    .resource("test://plain", { name: "plain", mimeType: "text/plain", handler: () => "plain" })
    .resource("test://bytes", { name: "bytes", handler: () => new Uint8Array([0, 255]) })
    .resource("test://item/{id}", {
      name: "item",
      complete: { id: ["1", "2", "constructor"] },
      list: () => [{ uri: "test://item/1", name: "one" }],
      handler: (uri, { id }) => `${uri.href} ${id}`,
    })
    .resource("test://search{?q,lang}", { name: "search", handler: (_, values) => JSON.stringify(values) })
    .resource("test://many{/path*}{;k,list*}", {
      name: "many",
      handler: (_, values) => JSON.stringify(values),
    })
    .resource("file:///{+path}", {
      name: "file",
      handler: (_, { path }) => {
        if (path.split(/[/\\]/).includes("..") || /^[/\\]|\0/.test(path)) fault("A path leads out", path);
        return path;
      },
    })
    .resource("gone://{x}", { name: "gone", handler: () => undefined });
  server.prompt("plain", { handler: () => "Do it." }).prompt("about", {
    arguments: [{ name: "topic", required: true }, { name: "depth" }],
    complete: { topic: (typed) => [typed, "a", "b"], depth: ["1", "2"] },
    handler: ({ topic, depth }) => `${topic} ${depth ?? ""}`,
  });
  return server;
}

function addTools(server: McpServer): void {
  server
    .tool("echo", {
      inputSchema: { type: "object" } as const,
      handler: (args) => JSON.stringify(args),
    })
    .tool("routed", {
      inputSchema: {
        type: "object",
        properties: {
          region: { type: "string", "x-mcp-header": "Region" },
          shard: { type: "integer", "x-mcp-header": "Shard" },
          dry: { type: "boolean", "x-mcp-header": "Dry" },
          place: { type: "object", properties: { zone: { type: "string", "x-mcp-header": "Zone" } } },
        },
      } as const,
      handler: (args) => JSON.stringify(args),
    })
    .tool("shaped", { inputSchema: SHAPE, handler: (args) => JSON.stringify(args) })
    .tool("library", {
      inputSchema: z.object({
        email: z.email(),
        items: z.array(z.object({ id: z.int() })).max(5),
        any: z.record(z.string(), z.unknown()).optional(),
      }),
      handler: (args) => JSON.stringify(args),
    })
    .tool("structured", {
      outputSchema: { type: "object", properties: { n: { type: "number" } }, required: ["n"] } as const,
      handler: () => ({ n: 1 }),
    })
    .tool("blocks", {
      handler: () => [
        { type: "text" as const, text: "a", annotations: { priority: 1 } },
        { type: "image" as const, data: "AAAA", mimeType: "image/png" },
        { type: "audio" as const, data: "AAAA", mimeType: "audio/wav" },
        { type: "resource_link" as const, uri: "test://plain", name: "plain" },
        { type: "resource" as const, resource: { uri: "test://plain", text: "plain" } },
      ],
    })
    .tool("report", {
      handler: async (_, ctx) => {
        await ctx.progress({ progress: 1, total: 2, message: "half" });
        await ctx.log.info({ at: "half" }, "reporter");
        await ctx.progress({ progress: 2, total: 2 });
        return "reported";
      },
    })
    .tool("refuse", {
      handler: () => {
        throw new ToolError("No.");
      },
    })
    .tool("touch", {
      handler: (_, ctx) => {
        ctx.notify("notifications/resources/updated", { uri: "test://plain" });
        ctx.notify("notifications/tools/list_changed");
      },
    });
  const basket = server.handle("basket", { schema: { type: "object" } as const });
  server
    .tool("open", {
      inputSchema: { type: "object", properties: { of: { type: "string" } } } as const,
      handler: ({ of }, ctx) => basket.create(ctx, { of: of ?? null }),
    })
    .tool("use", {
      inputSchema: {
        type: "object",
        properties: { basket: { type: "string" } },
        required: ["basket"],
      } as const,
      handles: { basket },
      handler: async ({ basket }) => {
        await basket.update((value) => ({ ...value, used: true }));
        return JSON.stringify(basket.value);
      },
    });
}

const question = { role: "user" as const, content: { type: "text" as const, text: "6 * 7?" } };

async function nameFrom(ctx: Context): Promise<string> {
  const answer = await ctx.elicit({ message: "Who?", schema: NAME });
  return answer.action === "accept" ? answer.content.name : answer.action;
}

/** What asks its client something, in all the ways there are. */
function addAsking(server: McpServer): void {
  server.tool("ask", {
    inputSchema: { type: "object", properties: { what: { type: "string" } } } as const,
    handler: async ({ what }, ctx) => {
      if (what === "visit")
        return (await ctx.elicit({ message: "Go", url: "https://example.com/go" })).action;
      if (what === "twice") {
        const first = await nameFrom(ctx);
        const kept = await ctx.step("keep", () => first.length);
        return `${first} ${kept} ${await nameFrom(ctx)}`;
      }
      if (what !== "all") return nameFrom(ctx);
      const [name, sample, roots] = await Promise.all([
        nameFrom(ctx),
        ctx.sample({ messages: [question], maxTokens: 10 }),
        ctx.listRoots(),
      ]);
      return JSON.stringify([name, sample, roots]);
    },
  });
  const later = {
    inputSchema: { type: "object", properties: { ask: { type: "boolean" } } } as const,
    handler: async ({ ask }: { ask?: boolean }, ctx: Context) => {
      await ctx.task?.describe("begun");
      await ctx.progress({ progress: 1 });
      return ask === true ? nameFrom(ctx) : "done";
    },
  };
  server.tool("later", { ...later, task: "optional" }).tool("must", { ...later, task: "required" });
  server.resource("test://asking", { name: "asking", handler: (_uri, _values, ctx) => nameFrom(ctx) });
  server.prompt("asking", { handler: (_, ctx) => nameFrom(ctx) });
}
