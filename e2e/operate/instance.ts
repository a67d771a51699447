// A server in a process of its own, over Redis, as the page assumes it: with metrics, and a log on standard error.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Worker } from "node:worker_threads";
import { Redis } from "ioredis";
import { InMemorySessionAdapter, McpServer } from "slipway";
import { serve } from "slipway/node";
import { observe } from "slipway/observe";
import { redisStore } from "slipway/redis";
import { z } from "zod";

const { REDIS, DEAD_AFTER_MS = "5000", GRACE_MS, IDLE_TIMEOUT_MS = "1800000" } = process.env;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const observing = await observe({ metrics: true, logs: true });
const server = new McpServer({ name: "instance", version: "1.0.0", logger: observing.logger });

const Sure = z.object({ sure: z.boolean() });
const Ms = z.object({ ms: z.number() });

server.tool("hello", { handler: () => "Hello!" });

server.tool("delete", {
  async handler(_args, ctx) {
    const answer = await ctx.elicit({ message: "Delete it?", schema: Sure });
    return answer.action === "accept" ? "deleted" : "kept";
  },
});

server.tool("report", {
  inputSchema: Ms,
  async handler({ ms }, ctx) {
    await ctx.progress({ progress: 1, total: 2 });
    await new Promise((resolve) => setTimeout(resolve, ms));
    return "reported";
  },
});

/** As what computes does. */
const compute = "const end = Date.now() + ms; while (Date.now() < end);";

server.tool("hash", {
  inputSchema: Ms,
  handler({ ms }) {
    new Function("ms", compute)(ms);
    return "hashed";
  },
});

server.tool("hash-elsewhere", {
  inputSchema: Ms,
  async handler({ ms }) {
    const worker = new Worker(`const { workerData: ms } = require("node:worker_threads"); ${compute}`, {
      eval: true,
      workerData: ms,
    });
    await new Promise((resolve) => worker.once("exit", resolve));
    return "hashed";
  },
});

server.tool("remember", {
  async handler(_args, ctx) {
    await ctx.session?.set("notes", "x".repeat(500_000));
    return "remembered";
  },
});

server.tool("collect", {
  handler() {
    collect();
    return "collected";
  },
});

const redis = REDIS === undefined ? undefined : new Redis(REDIS);
const store = redis && redisStore(redis, { deadAfterMs: Number(DEAD_AFTER_MS) });
await store?.ready();
const running = await serve(server, {
  port: 0,
  observe: observing,
  endpoints: observing.endpoints,
  ...(store
    ? { store }
    : { sessionAdapter: new InMemorySessionAdapter({ idleTimeoutMs: Number(IDLE_TIMEOUT_MS) }) }),
  signals: GRACE_MS !== undefined,
  graceMs: Number(GRACE_MS ?? 0),
});
console.log(`Serving at ${running.url}`);
await running.closed;
await observing.close();
await store?.close();
redis?.disconnect();
