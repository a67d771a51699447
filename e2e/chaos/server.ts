// One instance of the fleet. `--break` spoils something on purpose, so that it can be seen whether the checker finds it.
import { appendFileSync, existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { HttpError, McpServer } from "slipway";
import { serve } from "slipway/node";
import { z } from "zod";
import { type Fault, spoilt } from "./faults.ts";
import type { Entry } from "./history.ts";
import { openStore } from "./store.ts";

const { values } = parseArgs({
  options: {
    store: { type: "string", default: "" },
    port: { type: "string", default: "0" },
    ledger: { type: "string", default: "" },
    break: { type: "string" },
    "dead-after": { type: "string", default: "3000" },
    "drain-delay": { type: "string", default: "0" },
    grace: { type: "string", default: "10000" },
  },
});
const fault = values.break as Fault | undefined;

function write(entry: Omit<Entry, "pid">): void {
  appendFileSync(values.ledger, `${JSON.stringify({ ...entry, pid: process.pid })}\n`);
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const server = new McpServer({ name: "chaos", version: "1.0.0" });

/** Does a step, and says when it is kept. */
async function done(
  ctx: { step<T>(name: string, run: () => T): Promise<T> },
  key: string,
  step: string,
  nonce?: string,
): Promise<void> {
  const told = nonce === undefined ? {} : { nonce };
  const effect = () => write({ key, step, what: "effect", ...told });
  if (fault === "repeat") effect();
  else await ctx.step(step, effect);
  write({ key, step, what: "settled", ...told });
}

const Answer = z.object({ nonce: z.string() });

server
  .tool("count", {
    inputSchema: z.object({ to: z.int(), everyMs: z.int() }),
    handler: async ({ to, everyMs }, ctx) => {
      for (let at = 1; at <= to; at++) {
        await ctx.progress({ progress: at, total: to, message: ctx.auth?.subject ?? "" });
        await pause(everyMs);
      }
      return `${to}`;
    },
  })
  .tool("slow", {
    inputSchema: z.object({ key: z.string() }),
    handler: async ({ key }) => {
      await pause(2_000);
      return key;
    },
  })
  .tool("ask", {
    inputSchema: z.object({ key: z.string() }),
    handler: async ({ key }, ctx) => {
      await done(ctx, key, "reserve");
      const answer = await ctx.elicit({ message: key, schema: Answer });
      if (answer.action !== "accept") return `${key} ${answer.action}`;
      await done(ctx, key, "commit", answer.content.nonce);
      return `${key} ${answer.content.nonce}`;
    },
  })
  .tool("work", {
    inputSchema: z.object({ key: z.string() }),
    task: "optional",
    handler: async ({ key }, ctx) => {
      await done(ctx, key, "one");
      await pause(200);
      await done(ctx, key, "two");
      const answer = await ctx.elicit({ message: key, schema: Answer });
      if (answer.action !== "accept") return `${key} ${answer.action}`;
      await done(ctx, key, "commit", answer.content.nonce);
      await pause(200);
      return `${key} ${answer.content.nonce}`;
    },
  })
  .tool("held", {
    description: "Works between its two steps until somebody has made the file beside the ledger.",
    inputSchema: z.object({ key: z.string() }),
    task: "optional",
    handler: async ({ key }, ctx) => {
      await done(ctx, key, "one");
      while (!existsSync(`${values.ledger}.${key}`)) await pause(10);
      await done(ctx, key, "two");
      return `${key} is done`;
    },
  })
  .tool("touch", {
    handler: () => {
      for (const uri of ["chaos://thing", "chaos://other"])
        server.notify("notifications/resources/updated", { uri });
      return "touched";
    },
  })
  .resource("chaos://thing", { name: "thing", handler: () => "thing" })
  .resource("chaos://other", { name: "other", handler: () => "other" });

const store = await openStore(values.store, Number(values["dead-after"]));
const ready = async () => {
  for (;;) {
    try {
      return await store.ready();
    } catch {
      // It may be down just now.
      await pause(100);
    }
  }
};
await ready();
const running = await serve(server, {
  port: Number(values.port),
  store: fault === undefined ? store : spoilt(store, fault),
  signals: true,
  drainDelayMs: Number(values["drain-delay"]),
  graceMs: Number(values.grace),
  health: { cacheMs: 100 },
  requestState: { secrets: ["a secret that all instances share"] },
  authenticate: ({ headers }) => {
    const subject = headers.get("authorization")?.replace("Bearer ", "");
    if (subject === undefined) throw new HttpError(401, "Who are you?");
    return { subject: fault === "everybody" ? "everybody" : subject };
  },
});
console.log(`Serving at ${running.url}`);
await running.closed;
await store.close();
process.exit();
