import { setTimeout as sleep } from "node:timers/promises";
import { type McpServer, RpcError, ToolError } from "slipway";
import * as z from "zod";

/** Tools whose calls outlive their requests, for clients that know tasks; most serve the others at once. */
export function addTasks(server: McpServer): void {
  server
    .tool("greet", {
      description: "Greets, at once.",
      inputSchema: z.object({ name: z.string() }),
      handler: ({ name }) => `Hello, ${name}!`,
    })
    .tool("slow_compute", {
      description: "Takes as long as it is told to.",
      inputSchema: z.object({ seconds: z.number().min(0).max(3600), label: z.string().optional() }),
      task: "optional",
      handler: async ({ seconds, label }, ctx) => {
        await ctx.task?.describe(`Computing for ${seconds} seconds.`);
        await sleep(seconds * 1000, undefined, { signal: ctx.signal });
        return `Computed ${label ?? "something"} for ${seconds} seconds.`;
      },
    })
    .tool("failing_job", {
      description: "Fails after a second, and says so to the model.",
      task: "required",
      handler: async (_args, ctx) => {
        await sleep(1000, undefined, { signal: ctx.signal });
        throw new ToolError("The job failed, as it always does.");
      },
    })
    .tool("protocol_error_job", {
      description: "Ends in an error of the protocol.",
      task: "optional",
      handler: () => {
        throw new RpcError(-32603, "The job broke, as it always does.");
      },
    })
    .tool("confirm_delete", {
      description: "Asks before it deletes.",
      inputSchema: z.object({ filename: z.string() }),
      task: "optional",
      handler: async ({ filename }, ctx) => {
        const answer = await ctx.elicit({
          message: `Delete ${filename}?`,
          schema: z.object({ confirm: z.boolean() }),
        });
        const sure = answer.action === "accept" && answer.content.confirm;
        return sure ? `Deleted ${filename}.` : `Kept ${filename}.`;
      },
    })
    .tool("multi_input", {
      description: "Asks two things together.",
      task: "optional",
      handler: async (_args, ctx) => {
        const [name, sure] = await Promise.all([
          ctx.elicit({ message: "Who are you?", schema: z.object({ name: z.string() }) }),
          ctx.elicit({ message: "Are you sure?", schema: z.object({ confirm: z.boolean() }) }),
        ]);
        return `The answers were ${name.action} and ${sure.action}.`;
      },
    })
    .tool("test_tool_with_task", {
      description: "Asks for a name, and greets it in a task.",
      task: "required",
      taskBegins: "on detach",
      handler: async (_args, ctx) => {
        const answer = await ctx.elicit({
          key: "user_name",
          message: "What is your name?",
          schema: z.object({ name: z.string() }),
        });
        await ctx.detach();
        return `Hello, ${answer.action === "accept" ? answer.content.name : "stranger"}!`;
      },
    });
}
