// A server whose tools ask, report, fail and send whatever a command line has to show: over stdio with `--stdio`, else over
// HTTP, at an address that it prints.
import { setTimeout as sleep } from "node:timers/promises";
import { McpServer, ToolError } from "slipway";
import { serve } from "slipway/node";
import { serveStdio } from "slipway/stdio";
import { z } from "zod";

/** One blue pixel. */
const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mNgcHgAAAFkASEyfrW3AAAAAElFTkSuQmCC";

/** Clears the screen, sets the window's title, turns the direction of writing around. */
const EVIL = "\u001b[2J\u001b]0;owned\u0007\u202eevil\u009b31m";

const server = new McpServer({
  name: "asking",
  version: "1.0.0",
  instructions: `Ask away. ${EVIL}`,
});

server
  .tool("types", {
    description: "Gives its arguments back.",
    inputSchema: z.object({
      text: z.string(),
      whole: z.int().min(1).max(5).optional(),
      part: z.number().optional(),
      flag: z.boolean().optional(),
      colour: z.enum(["red", "green"]).optional().describe("What to paint it with."),
      tags: z.array(z.string()).optional(),
      sizes: z.array(z.int()).optional(),
      inner: z.object({ deep: z.int() }).optional(),
      either: z.union([z.int(), z.string()]).optional(),
    }),
    handler: (args) => JSON.stringify(args),
  })
  .tool("open", {
    inputSchema: z.looseObject({ text: z.string() }),
    handler: (args) => JSON.stringify(args),
  })
  .tool("fail", {
    handler: () => {
      throw new ToolError("There is no paper in it.");
    },
  })
  .tool("evil", {
    description: `Looks harmless. ${EVIL}`,
    inputSchema: z.object({ [`name${EVIL}`]: z.string().optional() }),
    handler: async (_args, ctx) => {
      await ctx.log.warning(EVIL);
      await ctx.progress({ progress: 1, total: 2, message: EVIL });
      return EVIL;
    },
  })
  .tool("picture", { handler: () => [{ type: "image", mimeType: "image/png", data: PIXEL }] })
  .tool("talk", {
    handler: async (_args, ctx) => {
      await ctx.log.info("The paper is in.");
      await ctx.log.debug("The drawer is open.");
      await ctx.progress({ progress: 1, total: 4, message: "first page" });
      return "printed";
    },
  })
  .tool("form", {
    handler: async (_args, ctx) => {
      const answer = await ctx.elicit({
        message: "Who are you?",
        schema: z.object({
          name: z.string().min(2).describe("As in your passport."),
          age: z.int().min(0).max(150),
          size: z.enum(["small", "large"]),
          toppings: z.array(z.enum(["salt", "sugar"])),
          news: z.boolean().default(false),
          note: z.string().optional(),
        }),
      });
      return said(answer);
    },
  })
  .tool("sure", {
    handler: async (_args, ctx) => {
      const answer = await ctx.elicit({ message: "Go on?", schema: z.object({ sure: z.boolean() }) });
      return said(answer);
    },
  })
  .tool("page", {
    handler: async (_args, ctx) => {
      const answer = await ctx.elicit({ message: "Pay there.", url: "https://pay.example/order/1" });
      return answer.action;
    },
  })
  .tool("model", {
    handler: async (_args, ctx) => {
      if (!ctx.client.supports("sampling")) return "There is no model.";
      const { content } = await ctx.sample({
        messages: [{ role: "user", content: { type: "text", text: "Say a word." } }],
        maxTokens: 10,
      });
      return `The model says: ${JSON.stringify(content)}`;
    },
  })
  .tool("folders", {
    handler: async (_args, ctx) =>
      ctx.client.supports("roots") ? JSON.stringify(await ctx.listRoots()) : "There are none.",
  })
  .tool("wait", {
    handler: async (_args, ctx) => {
      await ctx.progress({ progress: 1, message: "waiting" });
      await sleep(600_000, undefined, { signal: ctx.signal }).catch(() => {});
      console.error(ctx.signal.aborted ? "The wait was cancelled." : "The wait is over.");
      return "waited";
    },
  })
  .tool("job", {
    task: "required",
    handler: async (_args, ctx) => {
      await ctx.task?.describe("half done");
      const answer = await ctx.elicit({ message: "Go on?", schema: z.object({ sure: z.boolean() }) });
      return `done: ${said(answer)}`;
    },
  })
  .resource("note://today", { name: "note", mimeType: "text/plain" }, () => "It rains.")
  .prompt("weather", {
    arguments: z.object({ place: z.string() }),
    handler: ({ place }) => `How is the weather in ${place}?`,
  });

function said(answer: { readonly action: string; readonly content?: unknown }): string {
  return `${answer.action} ${JSON.stringify(answer.content ?? null)}`;
}

if (process.argv.includes("--stdio")) serveStdio(server);
else console.log((await serve(server, { port: 0 })).url);
