// A server as a program, for the tests that need a process.
import { McpServer } from "../../src/index.ts";
import { serveStdio } from "../../src/stdio/index.ts";

const server = new McpServer({ name: "program", version: "1.0.0" });
server.tool("talk", {
  handler: () => {
    console.log("console.log speaks");
    console.info("console.info speaks");
    process.stdout.write("process.stdout speaks\n");
    return "talked";
  },
});
server.tool("hang", { handler: () => new Promise<string>(() => {}) });
serveStdio(server, { graceMs: 200 });
