import { McpServer } from "slipway";
import { z } from "zod";

const Guests = z.object({ guests: z.number().int().positive().describe("How many of you come") });

/** A restaurant that takes bookings. Nothing in it knows that it runs in a Worker. */
export function createServer(): McpServer {
  const server = new McpServer({ name: "restaurant", version: "1.0.0" });

  server.tool("book", {
    description: "Books a table, after asking how many come.",
    inputSchema: z.object({ day: z.string() }),
    handler: async ({ day }, ctx) => {
      const answer = await ctx.elicit({ message: `How many come on ${day}?`, schema: Guests });
      if (answer.action !== "accept") return "No table was booked.";
      const { guests } = answer.content;
      const table = await ctx.step("reserve", () => Math.ceil(guests / 2));
      return `Table ${table} is yours on ${day}, for ${guests}.`;
    },
  });

  server.tool("visits", {
    description: "Counts the calls of this session.",
    handler: async (_args, ctx) =>
      String((await ctx.session?.update<number>("visits", (before = 0) => before + 1)) ?? "no session"),
  });
  return server;
}
