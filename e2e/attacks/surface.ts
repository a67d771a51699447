// What there is to attack: a server that has something of everything, in the ways in which its author may be careless.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { McpServer, RpcError, ToolError } from "slipway";
import { z } from "zod";
import { SECRET } from "./secret.ts";

const BUILT_IN = Object.getOwnPropertyNames(Object.prototype).join();

/** A folder with a file for everybody, beside one for nobody. */
function makeFolder(): string {
  const root = mkdtempSync(join(tmpdir(), "slipway-attacks-"));
  process.once("exit", () => rmSync(root, { recursive: true }));
  mkdirSync(join(root, "docs", "sub"), { recursive: true });
  writeFileSync(join(root, "docs", "readme.txt"), "for everybody");
  writeFileSync(join(root, "docs", "sub", "deep.txt"), "for everybody, too");
  writeFileSync(join(root, "secret.txt"), SECRET);
  return join(root, "docs");
}

/** Errors as they come from libraries: with what nobody outside should know. */
const FAILURES: { readonly [how: string]: () => unknown } = {
  message: () => new Error(`connect to postgres://admin:${SECRET}@10.0.0.7/db`),
  cause: () => new Error("The query failed.", { cause: new Error(SECRET) }),
  members: () => Object.assign(new Error("The request failed."), { config: { authorization: SECRET } }),
  aggregate: () => new AggregateError([new Error(SECRET)], SECRET),
  name: () => Object.assign(new Error("It failed."), { name: SECRET }),
  stack: () => Object.assign(new Error("It failed."), { stack: SECRET }),
  lines: () => new Error(`first line\n${SECRET}`),
  string: () => SECRET,
  object: () => ({ message: SECRET, code: 1, data: SECRET }),
  lookalike: () => ({ name: "RpcError", code: 4001, message: SECRET, httpStatus: 200 }),
  json: () => ({ toJSON: () => SECRET, toString: () => SECRET }),
  getter: () => Object.defineProperty(new Error("It failed."), "message", { get: () => SECRET }),
  nothing: () => undefined,
};

const form = z.object({ sure: z.boolean() });

export function makeServer(): McpServer {
  const server = new McpServer({ name: "target", version: "1.0.0" });
  let marks = 0;

  server.tool("echo", {
    inputSchema: {
      type: "object",
      properties: { text: { type: "string" }, region: { type: "string", "x-mcp-header": "Region" } },
      required: ["text"],
      additionalProperties: false,
    },
    handler: ({ text }) => text as string,
  });
  server.tool("checked", { inputSchema: z.strictObject({ text: z.string() }), handler: ({ text }) => text });
  server.tool("loose", {
    inputSchema: { type: "object" },
    handler: (args) => JSON.stringify({ args, plain: Object.getPrototypeOf(args) === Object.prototype }),
  });
  server.tool("named", {
    inputSchema: JSON.parse(
      `{"type":"object","properties":{"constructor":{"type":"string"},"toString":{"type":"string"},"__proto__":{"type":"string"}},"additionalProperties":false}`,
    ),
    handler: (args) => Object.keys(args).join() || "none",
  });
  server.tool("pollution", {
    handler: () =>
      Object.getOwnPropertyNames(Object.prototype).join() === BUILT_IN && !("polluted" in {})
        ? "none"
        : "some",
  });
  server.tool("header", {
    inputSchema: z.object({ header: z.string() }),
    handler: ({ header }, ctx) => ctx.request.headers?.get(header) ?? "none",
  });
  server.tool("mark", { handler: () => String(++marks) });
  server.tool("marks", { handler: () => String(marks) });

  server.tool("say", {
    inputSchema: z.object({ text: z.string() }),
    async handler({ text }, ctx) {
      await ctx.progress({ progress: 1, message: text });
      await ctx.log.info({ [text]: text });
      return text;
    },
  });
  const ask = {
    inputSchema: z.object({ order: z.string() }),
    async handler({ order }: { order: string }, ctx: Parameters<Parameters<typeof server.use>[0]>[0]) {
      const amount = await ctx.step("load", () => `${order} for 7`);
      const answer = await ctx.elicit({ message: `Refund ${amount}?`, schema: form });
      return answer.action === "accept" ? `refunded ${amount}: ${answer.content.sure}` : answer.action;
    },
  };
  server.tool("ask", ask);
  server.tool("ask-too", ask);
  server.tool("hold", {
    async handler(_args, ctx) {
      await ctx.progress({ progress: 1 });
      await new Promise((resolve) => ctx.signal.addEventListener("abort", resolve));
      return "stopped";
    },
  });
  server.tool("flood", {
    async handler(_args, ctx) {
      const message = "x".repeat(10_000);
      for (let progress = 1; !ctx.signal.aborted; progress++) {
        void ctx.progress({ progress, message });
        if (progress % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      return "flooded";
    },
  });

  const drafts = server.handle("draft", { schema: z.object({ text: z.string() }) });
  server.tool("draft", {
    inputSchema: z.object({ text: z.string() }),
    handler: ({ text }, ctx) => drafts.create(ctx, { text }),
  });
  server.tool("read", {
    inputSchema: z.object({ draft: z.string() }),
    handles: { draft: drafts },
    handler: ({ draft }) => draft.value.text,
  });
  server.tool("work", {
    task: "optional",
    async handler(_args, ctx) {
      const answer = await ctx.elicit({ message: "Go on?", schema: form });
      return answer.action;
    },
  });

  server.tool("shapes", {
    inputSchema: {
      type: "object",
      properties: {
        code: { type: "string", maxLength: 20, pattern: "^(a+)+$" },
        link: { type: "string", format: "url" },
        tree: { $ref: "#/$defs/tree" },
        set: { type: "array", uniqueItems: true },
        choice: { enum: ["yes", "no"] },
        email: { type: "string", format: "email" },
      },
      $defs: {
        tree: { type: "array", items: { anyOf: [{ $ref: "#/$defs/tree" }, { $ref: "#/$defs/tree" }] } },
      },
    },
    handler: () => "fits",
  });

  server.tool("log-secrets", {
    async handler(_args, { log }) {
      await log.info({
        password: SECRET,
        request: { headers: { cookie: [`sid=${SECRET}`] }, rawHeaders: ["Cookie", SECRET] },
      });
      await log.info(
        `asked https://ada:${SECRET}@example.com/?api_key=${SECRET}\nAuthorization: Bearer ${SECRET}`,
      );
      await log.error(new Error(`"client_secret":"${SECRET}"`));
      return "logged";
    },
  });
  server.tool("fail", {
    inputSchema: z.object({ how: z.string() }),
    async handler({ how }) {
      await null;
      throw FAILURES[how]?.();
    },
  });
  server.tool("fail-at-once", {
    inputSchema: z.object({ how: z.string() }),
    handler({ how }) {
      throw FAILURES[how]?.();
    },
  });
  server.tool("fail-in-step", {
    handler: (_args, ctx) =>
      ctx.step("query", () => {
        throw new Error(SECRET);
      }),
  });
  server.tool("fail-in-schema", {
    inputSchema: z.object({
      text: z.string().refine(() => {
        throw new Error(SECRET);
      }),
    }),
    handler: () => "never",
  });
  server.tool("fail-in-output", {
    outputSchema: { type: "object", properties: { n: { type: "number" } }, required: ["n"] },
    handler: () => ({ n: SECRET }) as never,
  });
  server.tool("tool-error", {
    handler() {
      throw new ToolError("Say this to the model.", { cause: new Error(SECRET) });
    },
  });
  server.tool("rpc-error", {
    handler() {
      throw Object.assign(new RpcError(4001, "Say this to the client."), { cause: new Error(SECRET) });
    },
  });

  server.prompt("greet", {
    arguments: [{ name: "name", required: true }],
    complete: { name: ["ada", "eve"] },
    handler: ({ name }) => `Greet ${name}.`,
  });
  server.prompt("fail", {
    arguments: [{ name: "name" }],
    complete: {
      name: () => {
        throw new Error(SECRET);
      },
    },
    handler() {
      throw new Error(SECRET);
    },
  });

  const folder = makeFolder();
  server.resource("test://plain", { name: "plain" }, () => "plain");
  server.resource("test://item/{id}", { name: "item" }, (_uri, variables) => JSON.stringify(variables));
  for (const name of ["__proto__", "constructor", "toString"]) {
    const template = `test://variable/${name}/{${name}}`;
    server.resource(template, { name }, (_uri, variables) => Object.entries(variables).join());
  }
  server.resource("test://fail", { name: "fail" }, () => {
    throw new Error(SECRET);
  });
  server.resource("file:///docs/{name}", { name: "doc" }, (_uri, { name }) =>
    readFileSync(join(folder, name), "utf8"),
  );
  server.resource("file:///tree/{+path}", { name: "tree" }, (_uri, { path }) =>
    readFileSync(join(folder, path), "utf8"),
  );
  return server;
}
