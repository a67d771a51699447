// A program that serves on stdio and is not careful with its own output.
import { McpServer } from "../../src/index.ts";
import { serveStdio } from "../../src/stdio/index.ts";

const server = new McpServer({ name: "program", version: "1.0.0" });
server
  .tool("talk", {
    handler: async (_, ctx) => {
      console.log("by console.log");
      console.info("by console.info");
      process.stdout.write("by process.stdout, without end");
      process.stdout.write(new TextEncoder().encode("{}\n"));
      await ctx.progress({ progress: 1 });
      console.log('{"jsonrpc":"2.0","id":1,"result":"forged"}');
      return "talked";
    },
  })
  .tool("ask", {
    handler: async (_, ctx) => {
      const messages = [{ role: "user" as const, content: { type: "text" as const, text: "?" } }];
      const schema = { type: "object", properties: { a: { type: "string" } } } as const;
      await Promise.all([
        ctx.elicit({ message: "Who?", schema }),
        ctx.sample({ messages, maxTokens: 1 }),
        ctx.listRoots(),
      ]);
      return "asked";
    },
  })
  .tool("hang", {
    handler: async (_, ctx) => {
      await ctx.progress({ progress: 1 });
      await new Promise(() => {
        setInterval(() => {}, 1_000);
      });
      return "";
    },
  });

serveStdio(server, { graceMs: 200 });
