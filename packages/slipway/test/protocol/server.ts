import { type Logger, McpServer, type McpServerOptions } from "slipway";
import type { Answers } from "../support/index.ts";

export const REVISION = "2026-07-28";

export interface Entry {
  readonly level: keyof Logger;
  readonly text: string;
  readonly details: readonly unknown[];
}

/** A logger that keeps what it is told. */
export function keepingLogger(): { logger: Logger; entries: Entry[] } {
  const entries: Entry[] = [];
  const at =
    (level: keyof Logger) =>
    (text: string, ...details: unknown[]): void => {
      entries.push({ level, text, details });
    };
  return {
    entries,
    logger: { error: at("error"), warn: at("warn"), info: at("info"), debug: at("debug") },
  };
}

export function emptyServer(options: Partial<McpServerOptions> = {}): McpServer {
  return new McpServer({ name: "under test", version: "1.2.3", logger: keepingLogger().logger, ...options });
}

/** A small form. */
export const NAME_FORM = {
  type: "object",
  properties: { name: { type: "string" } },
  required: ["name"],
} as const;

/** What a client that agrees to everything answers. */
export const AGREEING: Answers = {
  "elicitation/create": { action: "accept", content: { name: "Ada" } },
  "sampling/createMessage": { role: "assistant", content: { type: "text", text: "42" }, model: "m" },
  "roots/list": { roots: [{ uri: "file:///home" }] },
};

const question = { role: "user" as const, content: { type: "text" as const, text: "6 * 7?" } };

/** A server with something behind every method. */
export function fullServer(options: Partial<McpServerOptions> = {}): McpServer {
  const server = emptyServer(options);
  server
    .tool("echo", {
      inputSchema: { type: "object", properties: { text: { type: "string" } } } as const,
      handler: ({ text }) => text ?? "",
    })
    .tool("nothing", { handler: () => undefined })
    .tool("structured", {
      outputSchema: { type: "object", properties: { n: { type: "number" } } } as const,
      handler: () => ({ n: 1 }),
    })
    .tool("report", {
      handler: async (_, ctx) => {
        await ctx.progress({ progress: 1, total: 2, message: "half" });
        await ctx.log.info("working", "reporter");
        await ctx.progress({ progress: 2, total: 2 });
        return "reported";
      },
    })
    .tool("elicit", {
      handler: async (_, ctx) => {
        const answer = await ctx.elicit({ message: "Who?", schema: NAME_FORM });
        return answer.action === "accept" ? answer.content.name : answer.action;
      },
    })
    .tool("visit", {
      handler: async (_, ctx) => (await ctx.elicit({ message: "Go", url: "https://example.com/go" })).action,
    })
    .tool("sample", {
      handler: async (_, ctx) => JSON.stringify(await ctx.sample({ messages: [question], maxTokens: 10 })),
    })
    .tool("roots", { handler: async (_, ctx) => JSON.stringify(await ctx.listRoots()) })
    .tool("all", {
      handler: async (_, ctx) => {
        const [who, what, roots] = await Promise.all([
          ctx.elicit({ message: "Who?", schema: NAME_FORM }),
          ctx.sample({ messages: [question], maxTokens: 10 }),
          ctx.listRoots(),
        ]);
        return JSON.stringify({ who, what, roots });
      },
    })
    .tool("throw", {
      handler: () => {
        throw new Error("a secret");
      },
    });
  server
    .resource("test://plain", { name: "plain", handler: () => "plain text" })
    .resource("test://asking", {
      name: "asking",
      handler: async (_uri, _variables, ctx) => {
        const answer = await ctx.elicit({ message: "Who?", schema: NAME_FORM });
        return answer.action;
      },
    })
    .resource("test://item/{id}", {
      name: "item",
      complete: { id: () => ["1", "2"] },
      handler: (_uri, { id }) => `item ${id}`,
    });
  server.prompt("plain", { handler: () => "Do it." }).prompt("asking", {
    arguments: [{ name: "topic" }],
    complete: { topic: () => ["a", "b"] },
    handler: async (_, ctx) => {
      const answer = await ctx.elicit({ message: "Who?", schema: NAME_FORM });
      return answer.action;
    },
  });
  return server;
}

/** One request of each method of the revision, except for `subscriptions/listen`, which does not end. */
export const EVERY_METHOD: readonly (readonly [method: string, params: object])[] = [
  ["server/discover", {}],
  ["tools/list", {}],
  ["tools/call", { name: "echo", arguments: { text: "hi" } }],
  ["resources/list", {}],
  ["resources/templates/list", {}],
  ["resources/read", { uri: "test://plain" }],
  ["prompts/list", {}],
  ["prompts/get", { name: "plain" }],
  [
    "completion/complete",
    { ref: { type: "ref/prompt", name: "asking" }, argument: { name: "topic", value: "" } },
  ],
];

/** The rows of `describe.each` for this revision. */
export const MODERN = { revisions: [REVISION] } as const;
