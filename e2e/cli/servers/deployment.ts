// A server as it may be deployed, well or badly, at an address that it prints. What it is like stands as JSON in its first
// argument.
import { setTimeout as sleep } from "node:timers/promises";
import { McpServer, type McpServerOptions } from "slipway";
import { type JwtOptions, jwt } from "slipway/auth";
import { type ServeOptions, serve } from "slipway/node";
import { sqliteStore } from "slipway/sqlite";

interface Settings {
  server?: Partial<McpServerOptions>;
  serve?: ServeOptions;
  /** A database that instances share. */
  database?: string;
  jwt?: JwtOptions;
}

const settings: Settings = JSON.parse(process.argv[2] ?? "{}");

const server = new McpServer({ name: "deployment", version: "1.0.0", ...settings.server });
server
  .tool("count", {
    description: "Counts to three, slowly.",
    handler: async (_args, ctx) => {
      for (let progress = 1; progress <= 3; progress++) {
        await ctx.progress({ progress, total: 3 });
        await sleep(500);
      }
      return "three";
    },
  })
  .tool("quick", {
    handler: async (_args, ctx) => {
      await ctx.progress({ progress: 1 });
      return "done";
    },
  })
  .tool("silent", { handler: () => "done" });

const { url } = await serve(server, {
  port: 0,
  ...settings.serve,
  ...(settings.database !== undefined && { store: sqliteStore(settings.database) }),
  ...(settings.jwt !== undefined && { auth: jwt(settings.jwt) }),
});
console.log(url);
