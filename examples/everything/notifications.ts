import { setTimeout } from "node:timers/promises";
import type { McpServer } from "slipway";

/** Tools that tell the client something while they work. */
export function addNotifyingTools(server: McpServer): void {
  server
    .tool("test_tool_with_logging", {
      description: "Sends three log messages while it works.",
      handler: async (_args, ctx) => {
        await ctx.log.info("Tool execution started");
        await setTimeout(50);
        await ctx.log.info("Tool processing data");
        await setTimeout(50);
        await ctx.log.info("Tool execution completed");
        return "Logged three messages.";
      },
    })
    .tool("test_logging_tool", {
      description: "Logs at two levels; the client gets what it asked for, which may be nothing.",
      handler: async (_args, ctx) => {
        await ctx.log("debug", { step: 1 }, "everything");
        await ctx.log("error", { step: 2 }, "everything");
        return "Logged two messages.";
      },
    })
    .tool("test_tool_with_progress", {
      description: "Reports progress three times while it works.",
      handler: async (_args, ctx) => {
        for (const progress of [0, 50, 100]) {
          await ctx.progress({ progress, total: 100, message: `Completed step ${progress} of 100` });
          if (progress < 100) await setTimeout(50);
        }
        return "Completed.";
      },
    })
    .tool("test_reconnection", {
      description: "Closes the connection before it answers; the client comes back for the answer.",
      handler: async (_args, ctx) => {
        ctx.closeStream(100);
        await setTimeout(200);
        return "The answer that waited for you.";
      },
    });
}
