import type { ContentBlock, Icon, McpServerOptions } from "slipway";
import { McpServer } from "slipway";

const icons: Icon[] = [
  { src: "https://example.com/icon.png", mimeType: "image/png", sizes: ["48x48"], theme: "dark" },
];
const annotations = { audience: ["user" as const], priority: 0.5, lastModified: "2026-01-12T15:00:58Z" };
const _meta = { "com.example/shelf": 3 };

export const silent = { error() {}, warn() {}, info() {}, debug() {} };

/** One block of each kind, with all that the newest revision knows. */
const everyBlock: ContentBlock[] = [
  { type: "text", text: "grüße 世界", annotations, _meta },
  { type: "image", data: "aW1hZ2U=", mimeType: "image/png", annotations, _meta },
  { type: "audio", data: "YXVkaW8=", mimeType: "audio/wav", annotations, _meta },
  {
    type: "resource_link",
    uri: "test://linked",
    name: "linked",
    title: "Linked",
    description: "A resource elsewhere",
    mimeType: "text/plain",
    size: 7,
    icons,
    annotations,
    _meta,
  },
  {
    type: "resource",
    resource: { uri: "test://embedded", mimeType: "text/plain", text: "inside", _meta },
    annotations,
    _meta,
  },
];

/** A server that has everything that a revision may lack. */
export function makeRichServer(options: Partial<McpServerOptions> = {}): McpServer {
  const server = new McpServer({
    name: "rich",
    version: "1.2.3",
    title: "Rich",
    description: "Has everything",
    websiteUrl: "https://example.com",
    icons,
    instructions: "Use all of it.",
    logger: silent,
    ...options,
  });
  const described = { title: "A title", description: "A description", icons, _meta };
  server.tool("blocks", {
    ...described,
    annotations: { title: "B", readOnlyHint: true },
    handler: () => everyBlock,
  });
  server.tool("structured", {
    ...described,
    outputSchema: { type: "object", properties: { n: { type: "number" } }, required: ["n"] } as const,
    handler: () => ({
      structuredContent: { n: 1 },
      content: [{ type: "text" as const, text: "one" }],
      _meta,
    }),
  });
  server.tool("list-of-numbers", {
    outputSchema: { type: "array", items: { type: "number" } } as const,
    handler: () => [1, 2, 3],
  });
  server.tool("report", {
    handler: async (_, ctx) => {
      await ctx.progress({ progress: 1, total: 2, message: "half" });
      await ctx.log.info({ at: "half" }, "reporter");
      return "reported";
    },
  });
  server.tool("roots", { handler: async (_, ctx) => (await ctx.listRoots()).map(({ uri }) => uri).join() });
  server.tool("sample", {
    handler: async (_, ctx) => {
      const content = { type: "text" as const, text: "Say it." };
      const { model } = await ctx.sample({ messages: [{ role: "user", content }], maxTokens: 5 });
      return model;
    },
  });
  server.tool("elicit", {
    handler: async (_, ctx) => {
      const schema = {
        type: "object",
        properties: { color: { type: "string", oneOf: [{ const: "r", title: "Red" }] } },
        required: ["color"],
      } as const;
      const answer = await ctx.elicit({ message: "Which color?", schema });
      return answer.action;
    },
  });
  server.tool("fail", {
    handler: () => {
      throw new Error("secret");
    },
  });
  server.resource("test://a", {
    ...described,
    name: "a",
    mimeType: "text/plain",
    size: 5,
    annotations,
    handler: (uri) => ({ contents: [{ uri: uri.href, text: "hello", _meta }], _meta }),
  });
  server.resource("test://numbered/{n}", {
    ...described,
    name: "numbered",
    annotations,
    complete: { n: () => ["1", "2"] },
    list: () => [{ uri: "test://numbered/1", name: "one", ...described, annotations }],
    handler: () => new Uint8Array([1, 2, 3]),
  });
  server.prompt("greet", {
    ...described,
    arguments: [{ name: "who", title: "Who", description: "Whom to greet", required: true }],
    complete: { who: () => ["Ada"] },
    handler: () => ({ messages: everyBlock.map((content) => ({ role: "user" as const, content })) }),
  });
  return server;
}
