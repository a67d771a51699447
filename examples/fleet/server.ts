import { appendFileSync } from "node:fs";
import { McpServer } from "slipway";
import { z } from "zod";

const Confirmation = z.object({ sure: z.boolean().describe("Whether to go on") });

/** A bank that asks before it moves money. Nothing in it knows where it runs, or on how many machines. */
export function createBank(ledger?: string): McpServer {
  const server = new McpServer({ name: "bank", version: "1.0.0" });
  const book = (entry: string) => {
    if (ledger !== undefined) appendFileSync(ledger, `${entry}\n`);
    return entry;
  };

  server.tool("transfer", {
    description: "Moves money, after the user has agreed twice.",
    inputSchema: z.object({ id: z.string(), amount: z.number().positive() }),
    handler: async ({ id, amount }, ctx) => {
      await ctx.step("reserve", () => book(`reserve ${id}`));
      const first = await ctx.elicit({ message: `Move ${amount}?`, schema: Confirmation });
      if (first.action !== "accept" || !first.content.sure) return `${id}: not moved`;
      await ctx.step("take", () => book(`take ${id}`));
      const second = await ctx.elicit({ message: `Really move ${amount}?`, schema: Confirmation });
      if (second.action !== "accept" || !second.content.sure) return `${id}: not moved`;
      await ctx.step("give", () => book(`give ${id}`));
      return `${id}: moved`;
    },
  });

  server.tool("report", {
    description: "Counts to a number, telling how far it is.",
    inputSchema: z.object({
      to: z.number().int().min(1).max(1000),
      everyMs: z.number().int().min(0).max(1000),
    }),
    handler: async ({ to, everyMs }, ctx) => {
      for (let done = 1; done <= to && !ctx.signal.aborted; done++) {
        await ctx.progress({ progress: done, total: to });
        await new Promise((resolve) => setTimeout(resolve, everyMs));
      }
      return `Counted to ${to}.`;
    },
  });

  server.tool("whereami", { handler: () => `pid ${process.pid}` });
  return server;
}
