// A Worker as the documentation has it, which can be killed, and tells what it has done.
import { DurableObject } from "cloudflare:workers";
import { type Context, McpServer, StreamableHttpTransport } from "slipway";
import {
  durableObjectStore,
  type ObjectNamespace,
  type ServeRequestOptions,
  serveRequest,
  storeObject,
} from "slipway/cloudflare";
import { z } from "zod";

interface Env {
  SLIPWAY: ObjectNamespace;
  SECRET: string;
}

/** A store's object that tells how many connections it has. */
export class SlipwayStore extends storeObject(DurableObject) {
  declare readonly ctx: { getWebSockets(): unknown[] };

  connections(): number {
    return this.ctx.getWebSockets().length;
  }
}

const Confirmation = z.object({ sure: z.boolean() });

/** What was done by this Worker, whichever request it was. */
const ledger: string[] = [];
let kills = 0;

function createBank(): McpServer {
  const server = new McpServer({ name: "bank", version: "1.0.0" });
  const book = (entry: string) => {
    ledger.push(entry);
  };

  const transfer = {
    inputSchema: z.object({ id: z.string() }),
    handler: async ({ id }: { id: string }, ctx: Context) => {
      await ctx.step("reserve", () => book(`reserve ${id}`));
      const first = await ctx.elicit({ message: "Move it?", schema: Confirmation });
      if (first.action !== "accept" || !first.content.sure) return `${id}: not moved`;
      await ctx.step("take", () => book(`take ${id}`));
      const second = await ctx.elicit({ message: "Really move it?", schema: Confirmation });
      if (second.action !== "accept" || !second.content.sure) return `${id}: not moved`;
      await ctx.step("give", () => book(`give ${id}`));
      return `${id}: moved`;
    },
  };
  server.tool("transfer", transfer);
  server.tool("transfer_later", { ...transfer, task: "required" });

  const report = {
    inputSchema: z.object({ to: z.number(), everyMs: z.number() }),
    handler: async ({ to, everyMs }: { to: number; everyMs: number }, ctx: Context) => {
      for (let done = 1; done <= to && !ctx.signal.aborted; done++) {
        await ctx.progress({ progress: done, total: to });
        await new Promise((resolve) => setTimeout(resolve, everyMs));
      }
      return `Counted to ${to}.`;
    },
  };
  server.tool("report", report);
  server.tool("report_later", { ...report, task: "required" });

  server.tool("touch", {
    inputSchema: z.object({ uri: z.string() }),
    handler: ({ uri }, ctx) => {
      ctx.notify("notifications/resources/updated", { uri });
      return "told";
    },
  });
  server.resource("note:///one", { name: "note", handler: () => "one" });

  const counters = server.handle("counter", { schema: z.object({ count: z.number() }), ttlMs: 60_000 });
  server.tool("count", {
    inputSchema: z.object({ counter: z.string().optional() }),
    handler: async (_args, ctx) =>
      String(await ctx.session?.update<number>("count", (before = 0) => before + 1)),
  });
  server.tool("open_counter", { handler: (_args, ctx) => counters.create(ctx, { count: 0 }) });
  server.tool("count_on", {
    inputSchema: z.object({ counter: z.string() }),
    handles: { counter: counters },
    handler: async ({ counter }) =>
      String((await counter.update(({ count }) => ({ count: count + 1 }))).count),
  });
  return server;
}

export default {
  async fetch(request: Request, env: Env, ctx: ServeRequestOptions["ctx"]): Promise<Response> {
    const what = new URL(request.url).pathname.split("/").at(-1);
    if (what === "ledger") return Response.json(ledger);
    if (what === "connections") return Response.json(await connections(env.SLIPWAY));
    if (what === "kill") return new Response(String(++kills));
    const before = kills;
    setInterval(() => kills > before && process.exit(1), 10);

    const store = durableObjectStore(env.SLIPWAY, { deadAfterMs: 1_500 });
    const transport = new StreamableHttpTransport({
      store,
      requestState: { secrets: [env.SECRET] },
      // Between several Workers of one workerd, this is how the one that serves finds that its client has gone.
      keepAliveMs: 500,
    });
    return serveRequest(transport.bind(createBank()), request, { store, ctx });
  },
};

/** How many connections the objects of the store have. */
async function connections(namespace: ObjectNamespace): Promise<number> {
  const names = ["bus", "tasks", "shard-0", "shard-1", "shard-2", "shard-3"];
  const counts = names.map((name) => {
    const object = namespace.get(namespace.idFromName(`slipway/${name}`) as never) as SlipwayStore;
    return object.connections() as number | Promise<number>;
  });
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}
