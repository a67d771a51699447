import { type LogMessage, McpServer, type McpServerOptions } from "slipway";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { recordingLogger } from "../recording-logger.ts";
import { META, matrix, openWire, type Reply, type Wire } from "../support/index.ts";

const TOKEN = "swordfish-of-ada-7";
const COOKIE = "crumbly-biscuit";
const headers = { authorization: `Bearer ${TOKEN}`, cookie: `theme=dark; sid=${COOKIE}` };
const form = z.object({ sure: z.boolean() });

/** A server whose tool logs what it is given, in data and in text. */
function makeServer(options: Partial<McpServerOptions> = {}) {
  return new McpServer({ name: "talker", version: "1", logger: recordingLogger(), ...options }).tool("log", {
    inputSchema: z.object({ data: z.unknown() }),
    handler: async ({ data }, ctx) => {
      await ctx.log.info(data);
      return "done";
    },
  });
}

describe.each(matrix())(
  "secrets in logs to clients, in $revision over $transport",
  ({ transport, revision }) => {
    async function open(server: McpServer): Promise<(name: string, args?: object) => Promise<unknown[]>> {
      const wire = await openWire(server, { transport, era: revision });
      const meta = wire.era === "modern" ? { [META.logLevel]: "debug" } : {};
      return async (name, args) =>
        dataOf(await wire.callTool(name, args, { meta, ...(wire.overHttp && { headers }) }));
    }

    test(`values of members that are secret by their names are left out at any depth [${revision}/logging/sensitive-removed]`, async () => {
      const call = await open(makeServer());
      const headersOfRequest = { authorization: "abc", "set-cookie": ["a=1"], accept: "text/html" };
      const data = {
        user: { name: "ada", password: "hunter2", keys: [{ apiKey: "k-1", label: "first" }] },
        request: { headers: headersOfRequest, rawHeaders: ["Cookie", "a=1", "Accept", "b"] },
        usage: { tokens: { input: 12 }, maxTokens: 100 },
      };
      expect(await call("log", { data })).toEqual([
        {
          user: {
            name: "ada",
            password: "[redacted]",
            keys: [{ apiKey: "[redacted]", label: "first" }],
          },
          request: {
            headers: { authorization: "[redacted]", "set-cookie": ["[redacted]"], accept: "text/html" },
            rawHeaders: ["Cookie", "[redacted]", "Accept", "b"],
          },
          usage: data.usage,
        },
      ]);
      expect(await call("log", { data: "POST with password=hunter2&user=ada" })).toEqual([
        "POST with password=[redacted]&user=ada",
      ]);
    });

    test(`what a request came with to be let in is in no message [${revision}/logging/no-credentials]`, async () => {
      const server = makeServer()
        .tool("inform", {
          handler: async (_args, { log, request }) => {
            await log.info(`called with Bearer ${TOKEN} and Cookie: sid=${COOKIE}`);
            // On a pipe nobody is let in by a request.
            if (request.url === undefined) return "done";
            await log.info(TOKEN);
            await log.info({ [TOKEN]: `(${COOKIE})`, headers: [`Bearer ${TOKEN}`, `sid=${COOKIE}`] });
            await log.error(new Error(`no such user: ${TOKEN}, ${COOKIE}`));
            await log.info("x".repeat(65_530) + TOKEN);
            await log.info({ long: "x".repeat(65_520), after: TOKEN });
            return "done";
          },
        })
        .tool("ask", {
          handler: async (_args, ctx) => {
            const state = ctx.request.params?.["requestState"];
            await ctx.elicit({ message: "Sure?", schema: form });
            await ctx.log.info(`went on with ${state}`);
            await ctx.log.info({ params: ctx.request.params, state: [state] });
            return "done";
          },
        });
      // Who is let in by a header has it hidden from handlers, who may know it from elsewhere.
      const authenticate = () => ({ subject: "ada" });
      const wire = await openWire(server, { transport, era: revision, authenticate });
      const meta = wire.era === "modern" ? { [META.logLevel]: "debug" } : {};
      const options = { meta, ...(wire.overHttp && { headers }) };
      const informed = dataOf(await wire.callTool("inform", {}, options));
      expect(informed).toHaveLength(wire.overHttp ? 6 : 1);
      const said = JSON.stringify(informed);
      expect(said).toContain("[redacted]");
      expect(said).not.toContain(TOKEN);
      expect(said).not.toContain(TOKEN.slice(0, 6));
      expect(said).not.toContain(COOKIE);
      const states = await statesOf(wire, meta);
      expect(states.length).toBe(wire.era === "modern" ? 1 : 0);
      for (const state of states) expect(JSON.stringify(wire.received.filter(isLog))).not.toContain(state);
    });

    test(`a review sees every message, may change it and keep it back, and knows what was left out [${revision}/logging/sensitive-content-monitored]`, async () => {
      const logger = recordingLogger();
      const seen: Omit<LogMessage, "ctx">[] = [];
      const server = makeServer({
        logger,
        redact: {
          keys: ["plate"],
          patterns: [/\d{3}-\d{2}/],
          review: ({ ctx, ...message }) => {
            seen.push(message);
            if (ctx.request.method !== "tools/call") throw new Error("another context");
            if (message.data === "drop") return undefined;
            if (message.data === "fail") throw new Error("of the review");
            return message.data === "change" ? { changed: 10n } : message.data;
          },
        },
      });
      const call = await open(server);
      expect(await call("log", { data: { plate: "B-1", note: "of 123-45", token: "x" } })).toEqual([
        { plate: "[redacted]", note: "of [redacted]", token: "[redacted]" },
      ]);
      expect(await call("log", { data: "change" })).toEqual([{ changed: "10" }]);
      expect(await call("log", { data: "drop" })).toEqual([]);
      expect(await call("log", { data: "fail" })).toEqual([]);
      expect(logger.text()).toContain("redact.review failed");
      expect(seen.map(({ level, redacted }) => [level, redacted])).toEqual([
        ["info", 3],
        ["info", 0],
        ["info", 0],
        ["info", 0],
      ]);
    });

    test("a function is a review, and false leaves everything as it is", async () => {
      const reviewed = await open(makeServer({ redact: ({ data }) => [data] }));
      expect(await reviewed("log", { data: { password: "x" } })).toEqual([[{ password: "[redacted]" }]]);
      const open2 = await open(makeServer({ redact: false }));
      expect(await open2("log", { data: { password: "x" } })).toEqual([{ password: "x" }]);
    });
  },
);

test("what cannot be redacted by is refused when the server is made", () => {
  expect(() => makeServer({ redact: { keys: [""] } })).toThrow(/redact\.keys/);
});

const isLog = ({ method }: { method?: string | undefined }) => method === "notifications/message";

function dataOf(reply: Reply): unknown[] {
  expect(reply.toolText).toBe("done");
  return reply.notifications.filter(isLog).map(({ params }) => (params as { data: unknown }).data);
}

/** Lets a call be suspended and go on; gives the states that it was carried by. */
async function statesOf(wire: Wire, meta: object): Promise<string[]> {
  const answers = { "elicitation/create": { action: "accept", content: { sure: true } } };
  const reply = await wire.callTool("ask", {}, { meta: { ...meta }, answers });
  expect(reply.toolText).toBe("done");
  return wire.received.flatMap(({ result }) => {
    const state = (result as { requestState?: string } | undefined)?.requestState;
    return state === undefined ? [] : [state];
  });
}
