// Checked by tsc; never run.
import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import { Schema } from "effect";
import {
  type CallToolResult,
  type Client,
  type Context,
  ERROR_CODES,
  type ErrorName,
  type FormAnswer,
  McpServer,
  type Outcome,
  type Principal,
  type Root,
  RpcError,
  type SamplingResult,
  type SessionView,
  ToolError,
  type UrlAnswer,
} from "slipway";
import * as v from "valibot";
import { expectTypeOf } from "vitest";
import * as z from "zod";

const server = new McpServer({ name: "types", version: "1.0.0" });

// The arguments of a tool's handler: what each library says.

server.tool("zod", {
  inputSchema: z.object({ a: z.number(), b: z.string().transform(Number), c: z.boolean().default(true) }),
  handler: (args) => {
    expectTypeOf(args).toEqualTypeOf<{ a: number; b: number; c: boolean }>();
    return "";
  },
});

server.tool("valibot", {
  inputSchema: toStandardJsonSchema(v.object({ a: v.number(), b: v.optional(v.string(), "x") })),
  handler: (args) => {
    expectTypeOf(args).toEqualTypeOf<{ a: number; b: string }>();
    return "";
  },
});

server.tool("arktype", {
  inputSchema: type({ a: "number", "b?": "string" }),
  handler: (args) => {
    expectTypeOf(args).toEqualTypeOf<{ a: number; b?: string }>();
    return "";
  },
});

server.tool("effect", {
  inputSchema: Schema.toStandardJSONSchemaV1(
    Schema.toStandardSchemaV1(Schema.Struct({ a: Schema.FiniteFromString })),
  ),
  handler: (args) => {
    expectTypeOf(args).toEqualTypeOf<{ readonly a: number }>();
    return "";
  },
});

server.tool("json", {
  inputSchema: {
    type: "object",
    properties: {
      unit: { enum: ["m", "km"] },
      amount: { type: "number" },
      tags: { type: "array", items: { type: "string" } },
      place: { type: "object", properties: { lat: { type: "number" } }, required: ["lat"] },
    },
    required: ["unit", "place"],
  },
  handler: (args) => {
    expectTypeOf(args).toEqualTypeOf<{
      unit: "m" | "km";
      place: { lat: number };
      amount?: number;
      tags?: string[];
    }>();
    return "";
  },
});

const read: { [keyword: string]: unknown } = JSON.parse("{}");
server.tool("dynamic", {
  inputSchema: read,
  handler: (args) => {
    expectTypeOf(args).toEqualTypeOf<Record<string, unknown>>();
    return "";
  },
});

server.tool("none", {
  handler: (args) => {
    expectTypeOf(args).toEqualTypeOf<{ [key: string]: never }>();
    return "";
  },
});

// What a tool's handler may return.

const block = { type: "text", text: "" } as const;
const result: CallToolResult = { content: [block] };
for (const handler of [
  () => "",
  async () => "",
  () => block,
  () => [block],
  () => result,
  () => ({ any: ["object"] }),
  () => [1, 2],
  () => 7,
  () => null,
  () => true,
  () => undefined,
]) {
  server.tool("returns", { handler });
}
// @ts-expect-error a function is no result
server.tool("wrong", { handler: () => Symbol("") });
// @ts-expect-error neither is a big integer
server.tool("wrong", { handler: () => 10n });
// @ts-expect-error a handler is needed
server.tool("wrong", { inputSchema: z.object({}) });
// @ts-expect-error a schema is none of a schema's parts
server.tool("wrong", { inputSchema: "string", handler: () => "" });

const outputSchema = z.object({ total: z.number(), currency: z.string().default("EUR") });
server.tool("structured", { outputSchema, handler: () => ({ total: 1 }) });
server.tool("structured", { outputSchema, handler: async () => ({ total: 1, currency: "USD" }) });
server.tool("structured", { outputSchema, handler: () => ({ structuredContent: { total: 1 } }) });
server.tool("structured", {
  outputSchema,
  handler: () => ({ content: [{ type: "text", text: "" }], structuredContent: { total: 1 }, _meta: {} }),
});
server.tool("structured", {
  outputSchema,
  handler: () => ({ content: [{ type: "text", text: "sold out" }], isError: true }),
});
server.tool("structured", {
  outputSchema: { type: "object", properties: { n: { type: "integer" } }, required: ["n"] },
  handler: () => ({ n: 1 }),
});
server.tool("structured", { outputSchema: z.array(z.number()), handler: () => [1, 2] });
// @ts-expect-error the total is a number
server.tool("wrong", { outputSchema, handler: () => ({ total: "1" }) });
// @ts-expect-error the total is missing
server.tool("wrong", { outputSchema, handler: () => ({ currency: "EUR" }) });
// @ts-expect-error a text is not structured
server.tool("wrong", { outputSchema, handler: () => "1" });
// @ts-expect-error the structured content has to fit, too
server.tool("wrong", { outputSchema, handler: () => ({ structuredContent: { total: "1" } }) });
// @ts-expect-error content alone has no structure
server.tool("wrong", { outputSchema, handler: () => ({ content: [block] }) });
server.tool("wrong", {
  outputSchema: { type: "object", properties: { n: { type: "integer" } }, required: ["n"] },
  // @ts-expect-error n is an integer
  handler: () => ({ n: "1" }),
});

// The variables of a URI template.

server.resource("notes://{user}/{id}", {
  complete: { user: ["a"], id: (value) => [value] },
  handler: (uri, variables) => {
    expectTypeOf(uri).toEqualTypeOf<URL>();
    expectTypeOf(variables).toEqualTypeOf<{ readonly user: string; readonly id: string }>();
    return "";
  },
});
server.resource("file:///{+path}{?page,size:3,tags*}{#part}", {
  handler: (_uri, variables) => {
    expectTypeOf<keyof typeof variables>().toEqualTypeOf<"path" | "page" | "size" | "tags" | "part">();
    return "";
  },
});
server.resource("notes://all", { mimeType: "text/plain" }, (_uri, variables) => {
  expectTypeOf<keyof typeof variables>().toEqualTypeOf<never>();
  return "";
});
server.resource("notes://all/{id}", { mimeType: "text/plain" }, (_uri, variables, ctx) => {
  expectTypeOf(variables.id).toEqualTypeOf<string>();
  expectTypeOf(ctx.signal).toEqualTypeOf<AbortSignal>();
  return new Uint8Array();
});
const uri: string = "notes://{a}";
server.resource(uri, {
  handler: (_uri, variables) => {
    expectTypeOf(variables).toEqualTypeOf<{ readonly [name: string]: string }>();
    return undefined;
  },
});
for (const handler of [
  () => "",
  async () => null,
  () => ({ uri: "notes://a", text: "" }),
  () => ({ uri: "notes://a", blob: "" }),
  () => [{ uri: "notes://a", text: "" }],
  () => ({ contents: [], cacheHints: { ttlMs: 5 } }),
]) {
  server.resource("notes://a", { handler });
}
// @ts-expect-error a number is no resource
server.resource("notes://a", { handler: () => 7 });
// @ts-expect-error the template has no such variable
server.resource("notes://{id}", { complete: { user: [] }, handler: () => "" });
// @ts-expect-error contents have a URI
server.resource("notes://a", { handler: () => ({ text: "" }) });

// The arguments of a prompt.

server.prompt("listed", {
  arguments: [{ name: "city", required: true }, { name: "tone" }, { name: "day", required: false }],
  handler: (args) => {
    expectTypeOf(args).toEqualTypeOf<{
      readonly city: string;
      readonly tone?: string;
      readonly day?: string;
    }>();
    return "";
  },
});
server.prompt("schema", {
  arguments: z.object({ city: z.string(), days: z.string().transform(Number) }),
  handler: (args) => {
    expectTypeOf(args).toEqualTypeOf<{ city: string; days: number }>();
    return [{ role: "user", content: { type: "text", text: "" } }];
  },
});
server.prompt("json", {
  arguments: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  handler: (args) => {
    expectTypeOf(args).toEqualTypeOf<{ city: string }>();
    return { description: "", messages: [] };
  },
});
server.prompt("none", {
  handler: (args) => {
    expectTypeOf(args).toEqualTypeOf<{ readonly [name: string]: never }>();
    return "";
  },
});
// @ts-expect-error a message has a role of the protocol
server.prompt("wrong", { handler: () => [{ role: "system", content: block }] });
// @ts-expect-error a prompt is not nothing
server.prompt("wrong", { handler: () => undefined });
// @ts-expect-error a message holds one block, not text
server.prompt("wrong", { handler: () => [{ role: "user", content: "" }] });

// What middleware leaves is known to handlers.

interface User {
  user: { id: number };
}
const withUser = server.use<User>(async (ctx, next) => {
  ctx.state.user = { id: 1 };
  return next();
});
withUser.tool("state", {
  handler: (_args, ctx) => {
    expectTypeOf(ctx.state.user).toEqualTypeOf<{ id: number }>();
    return `${ctx.state.user.id}`;
  },
});
withUser.resource("notes://state", {
  handler: (_uri, _variables, ctx) => `${ctx.state.user.id}`,
});
withUser.prompt("state", { handler: (_args, ctx) => `${ctx.state.user.id}` });
withUser.tool("wrong", {
  // @ts-expect-error nobody left a name
  handler: (_args, ctx) => ctx.state.user.name,
});
withUser.use(async (ctx, next) => {
  expectTypeOf(ctx.state.user.id).toEqualTypeOf<number>();
  const outcome = await next();
  expectTypeOf(outcome).toEqualTypeOf<Outcome>();
  return outcome;
});
withUser.use(async (_ctx, next) => {
  await next();
});
withUser.use(async () => ({ kind: "error", error: new RpcError(-32000, "no") }));
// @ts-expect-error an outcome has a kind
withUser.use(async () => ({ result: {} }));
expectTypeOf(withUser.use<{ extra: string }>(async (_ctx, next) => next())).toExtend<
  McpServer<User & { extra: string }>
>();

// Mounting and the rest of the server.

expectTypeOf(server.group("x", new McpServer({ name: "y", version: "1" }))).toEqualTypeOf(server);
expectTypeOf(server.group({ prefix: "x", suffix: "y", separator: "-" }, withUser)).toEqualTypeOf(server);
expectTypeOf(server.group(withUser)).toEqualTypeOf(server);
server.onError((error, ctx) => {
  expectTypeOf(error).toEqualTypeOf<unknown>();
  expectTypeOf(ctx).toEqualTypeOf<Context>();
  return error instanceof RangeError ? { code: 1, message: "" } : undefined;
});
// @ts-expect-error an error has a code
server.onError(() => ({ message: "" }));
server.notify("notifications/tools/list_changed");
server.notify("notifications/resources/updated", { uri: "notes://a" });
// @ts-expect-error which resource?
server.notify("notifications/resources/updated");
// @ts-expect-error a list has no URI
server.notify("notifications/tools/list_changed", { uri: "notes://a" });
// @ts-expect-error no such change
server.notify("notifications/message", {});
// @ts-expect-error a server has a version
new McpServer({ name: "x" });
expectTypeOf(server.tools.disable("x")).toEqualTypeOf<boolean>();
server.tool("visible", {
  visible: (principal) => {
    expectTypeOf(principal).toEqualTypeOf<Principal | undefined>();
    return true;
  },
  handler: () => "",
});

// The context.

server.tool("context", {
  handler: async (_args, ctx) => {
    expectTypeOf(ctx.auth).toEqualTypeOf<Principal | undefined>();
    expectTypeOf(ctx.client).toEqualTypeOf<Client>();
    expectTypeOf(ctx.session).toEqualTypeOf<SessionView | undefined>();
    expectTypeOf(ctx.request.headers.get("x")).toEqualTypeOf<string | null>();
    ctx.progress({ progress: 1, total: 2, message: "" });
    // @ts-expect-error progress has a value
    ctx.progress({ total: 2 });
    ctx.log("info", { any: "data" }, "logger");
    ctx.log.emergency("x");
    // @ts-expect-error no such level
    ctx.log("verbose", "");
    ctx.notify("notifications/resources/updated", { uri: "notes://a" });
    // @ts-expect-error no such capability
    ctx.client.supports("telepathy");

    const form = await ctx.elicit({ message: "", schema: z.object({ n: z.number().default(1) }) });
    expectTypeOf(form).toEqualTypeOf<FormAnswer<{ n: number }>>();
    // @ts-expect-error there is content only where the user accepted
    form.content;
    if (form.action === "accept") expectTypeOf(form.content).toEqualTypeOf<{ n: number }>();
    else expectTypeOf(form).not.toHaveProperty("content");
    const raw = await ctx.elicit({
      message: "",
      schema: { type: "object", properties: { sure: { type: "boolean" } }, required: ["sure"] },
    });
    if (raw.action === "accept") expectTypeOf(raw.content).toEqualTypeOf<{ sure: boolean }>();
    expectTypeOf(await ctx.elicit({ message: "", url: "https://example.com" })).toEqualTypeOf<UrlAnswer>();
    // @ts-expect-error why should the user answer?
    ctx.elicit({ schema: z.object({}) });
    // @ts-expect-error neither form nor URL
    ctx.elicit({ message: "" });

    const sampled = await ctx.sample({ messages: [{ role: "user", content: block }], maxTokens: 1 });
    expectTypeOf(sampled).toEqualTypeOf<SamplingResult>();
    // @ts-expect-error how much?
    ctx.sample({ messages: [] });
    expectTypeOf(await ctx.listRoots()).toEqualTypeOf<Root[]>();
    expectTypeOf(await ctx.step("x", () => 7)).toEqualTypeOf<number>();
    expectTypeOf(await ctx.step("x", async () => ({ a: "" }))).toEqualTypeOf<{ a: string }>();
    ctx.closeStream(100);
    throw new ToolError("");
  },
});

// The errors.

expectTypeOf(ERROR_CODES).toExtend<{ readonly [name in ErrorName]: number }>();
expectTypeOf<ErrorName>().toEqualTypeOf<
  | "PARSE_ERROR"
  | "INVALID_REQUEST"
  | "METHOD_NOT_FOUND"
  | "INVALID_PARAMS"
  | "INTERNAL_ERROR"
  | "RESOURCE_NOT_FOUND"
  | "HEADER_MISMATCH"
  | "MISSING_REQUIRED_CLIENT_CAPABILITY"
  | "UNSUPPORTED_PROTOCOL_VERSION"
  | "LIMIT_EXCEEDED"
>();
