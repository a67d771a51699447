// The server that every runtime runs: plain JavaScript that imports nothing but `slipway` and a schema library.
import { InMemorySessionAdapter, McpServer, StreamableHttpTransport, ToolError } from "slipway";
import { jwt } from "slipway/auth";
import { z } from "zod";

const quiet = { error() {}, warn() {}, info() {}, debug() {} };

export function createServer() {
  const server = new McpServer({ name: "runtimes", version: "1.0.0", logger: quiet });
  let stopped = 0;
  let flood = { sent: 0, cut: false };

  server.tool("add", {
    inputSchema: z.object({ a: z.number(), b: z.number() }),
    outputSchema: z.object({ sum: z.number() }),
    handler: ({ a, b }) => ({ sum: a + b }),
  });

  server.tool("choose", {
    inputSchema: { type: "object", properties: { color: { enum: ["red", "green"] } }, required: ["color"] },
    handler: ({ color }) => String(color),
  });

  server.tool("count", {
    inputSchema: z.object({ to: z.number() }),
    async handler({ to }, ctx) {
      for (let progress = 1; progress <= to; progress++) {
        await ctx.progress({ progress, total: to });
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      return "counted";
    },
  });

  server.tool("confirm", {
    async handler(_args, ctx) {
      const load = await ctx.step("load", () => Math.random());
      const answer = await ctx.elicit({
        message: `Sure of ${load}?`,
        schema: z.object({ sure: z.boolean() }),
      });
      return answer.action === "accept" ? `${load} ${answer.content.sure}` : answer.action;
    },
  });

  server.tool("detach", {
    description: "Closes its connection before it answers.",
    async handler(_args, ctx) {
      await ctx.progress({ progress: 1 });
      ctx.closeStream(10);
      await new Promise((resolve) => setTimeout(resolve, 50));
      return "while you were away";
    },
  });

  server.tool("large", {
    inputSchema: z.object({ length: z.number() }),
    async handler({ length }, ctx) {
      await ctx.progress({ progress: 1 });
      return "ü".repeat(length);
    },
  });

  server.tool("hold", {
    async handler(_args, ctx) {
      await ctx.progress({ progress: 1 });
      await new Promise((resolve) => {
        ctx.signal.addEventListener("abort", resolve);
      });
      stopped++;
      return "stopped";
    },
  });

  server.tool("flood", {
    description: "Sends more than a client that does not read can take, and waits for it or not.",
    inputSchema: z.object({ waits: z.boolean() }),
    async handler({ waits }, ctx) {
      flood = { sent: 0, cut: false };
      const message = "x".repeat(10_000);
      while (!ctx.signal.aborted && flood.sent < 2000) {
        const sent = ctx.progress({ progress: ++flood.sent, message });
        if (waits) await sent;
        else if (flood.sent % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
      }
      flood.cut = ctx.signal.aborted;
      return "flooded";
    },
  });

  server.tool("authenticate", {
    description: "Finds out whose a token is, through its issuer's metadata and keys.",
    inputSchema: z.object({ issuer: z.string(), audience: z.string(), token: z.string() }),
    async handler({ issuer, audience, token }) {
      const { subject, scopes } = await jwt({ issuer, audience }).principalOf(token);
      return { subject, scopes };
    },
  });

  server.tool("flooded", { handler: () => flood });

  server.tool("stopped", {
    description: "How many held calls have stopped.",
    handler: () => String(stopped),
  });

  server.tool("fail", {
    handler() {
      throw new Error("the password is 1234");
    },
  });

  server.tool("refuse", {
    handler() {
      throw new ToolError("No room on that date.");
    },
  });

  server.tool("touch", {
    inputSchema: z.object({ uri: z.string() }),
    handler({ uri }, ctx) {
      ctx.notify("notifications/resources/updated", { uri });
      return "told";
    },
  });

  server.resource("note:///{id}{?from,to}", {
    name: "note",
    complete: { id: (value) => ["one", "two"].filter((id) => id.startsWith(value)) },
    handler: (_uri, { id, from, to }) => `${id} from ${from} to ${to}`,
  });

  return server;
}

/** What a server of the Fetch API answers with. */
export function createHandler({ sessions }) {
  const transport = new StreamableHttpTransport({
    ...(sessions && { sessionAdapter: new InMemorySessionAdapter() }),
    maxBodyBytes: 100_000,
    maxBufferedBytes: 100_000,
    keepAliveMs: 200,
  });
  return transport.bind(createServer());
}
