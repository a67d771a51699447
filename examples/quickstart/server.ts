import { McpServer } from "slipway";
import { serve } from "slipway/node";
import { serveStdio } from "slipway/stdio";
import { z } from "zod";

const server = new McpServer({ name: "quickstart", version: "1.0.0" }).tool("add", {
  description: "Adds two numbers.",
  inputSchema: z.object({ a: z.number(), b: z.number() }),
  handler: ({ a, b }) => `${a + b}`,
});

if (process.argv.includes("--stdio")) serveStdio(server);
else console.log(`Connect to ${(await serve(server)).url}`);
