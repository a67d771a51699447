// A server with little memory and bounds to fit, and what it holds. Runs with --expose-gc.
import { InMemoryHandleAdapter, InMemorySessionAdapter, McpServer, type Principal } from "slipway";
import { InMemoryTaskAdapter } from "slipway/memory";
import { type ServeOptions, serve } from "slipway/node";
import { z } from "zod";
import { type Holdings, holdingsOf } from "./holdings.ts";

export interface SmallPorts {
  readonly port: number;
  /** Where a request may take no more than a second. */
  readonly hasty: number;
}

/** `skip` lets time pass for what is kept, in milliseconds. */
export type SmallCommand = { readonly do: "measure" } | { readonly do: "skip"; readonly ms: number };

export interface SmallHoldings extends Holdings {
  readonly sessions: number;
  readonly tasks: number;
}

/** What the server holds at most. `SLIPWAY_UNBOUNDED` lifts it all, to see what the floods do then. */
const unbounded = process.env["SLIPWAY_UNBOUNDED"] !== undefined;
const bound = (count: number) => (unbounded ? Number.MAX_SAFE_INTEGER : count);

let skipped = 0;
const now = () => Date.now() + skipped;
const sessions = new InMemorySessionAdapter({
  now,
  maxSessions: bound(200),
  maxSessionsPerPrincipal: bound(150),
  maxSessionBytes: bound(32 * 1024),
});
const tasks = new InMemoryTaskAdapter({ now, maxTasks: bound(150) });
const handles = new InMemoryHandleAdapter({ now, maxBytes: bound(2 * 1024 * 1024) });

const server = new McpServer({
  name: "small",
  version: "1.0.0",
  tasks: { ttlMs: 60_000, maxTtlMs: 60_000, maxRunning: bound(100) },
});
const padded = z.object({ pad: z.string() });
const drafts = server.handle("draft", { schema: padded });
const untilAborted = (signal: AbortSignal) =>
  new Promise<string>((resolve) => signal.addEventListener("abort", () => resolve("stopped")));
server
  .tool("echo", { inputSchema: z.object({ text: z.string() }), handler: ({ text }) => text })
  .tool("hold", { inputSchema: padded, handler: (_args, { signal }) => untilAborted(signal) })
  .tool("work", {
    inputSchema: padded,
    task: "required",
    handler: (_args, { signal }) => untilAborted(signal),
  })
  .tool("ask", {
    inputSchema: padded,
    handler: async ({ pad }, ctx) =>
      (await ctx.elicit({ message: pad, schema: z.object({ sure: z.boolean() }) })).action,
  })
  .tool("tell", {
    inputSchema: padded,
    handler: async ({ pad }, ctx) => {
      await ctx.log.info(pad);
      return pad;
    },
  })
  .tool("draft", { inputSchema: padded, handler: ({ pad }, ctx) => drafts.create(ctx, { pad }) })
  .resource("test://item/{id}", { name: "item" }, () => "item");

/** Whoever has a token is who it says. */
function authenticate({ headers }: { headers: { get(name: string): string | null } }): Principal | undefined {
  const [, subject] = /^Bearer (\w+)$/.exec(headers.get("authorization") ?? "") ?? [];
  return subject === undefined ? undefined : { subject };
}

const options: ServeOptions = {
  port: 0,
  authenticate,
  sessionAdapter: sessions,
  taskAdapter: tasks,
  handleAdapter: handles,
  maxBodyBytes: 64 * 1024,
  maxBufferedBytes: 64 * 1024,
  maxCalls: bound(100),
  maxStreams: bound(150),
  maxStreamsPerPrincipal: bound(100),
};
const running = await serve(server, options);
const hasty = await serve(server, { ...options, requestTimeoutMs: 1_000 });

process.on("message", async (command: SmallCommand) => {
  if (command.do === "skip") {
    skipped += command.ms;
    // What has expired is forgotten as the adapters are used.
    sessions.create("skipped", { protocolVersion: "" });
    sessions.delete("skipped");
    tasks.get("skipped");
  }
  const holdings = await holdingsOf([running, hasty]);
  process.send?.({ ...holdings, sessions: sessions.size, tasks: tasks.size } satisfies SmallHoldings);
});
process.send?.({ port: running.port, hasty: hasty.port } satisfies SmallPorts);
