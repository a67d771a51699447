// A server over stdio, as its author has left it: told by its arguments what is wrong with it.
import { spawnSync } from "node:child_process";
import { McpServer } from "slipway";
import { observe } from "slipway/observe";
import { serveStdio } from "slipway/stdio";

const [output = "inherit"] = process.argv.slice(2);
if (process.env["API_KEY"] === undefined) throw new Error("API_KEY is not set.");

const observing = await observe({ metrics: { prometheus: { port: 0 } }, logs: true });
const server = new McpServer({ name: "pipe", version: "1.0.0", logger: observing.logger });
server.tool("convert", {
  handler() {
    // What another program writes there is nothing that this one could keep from it.
    spawnSync("echo", ["converting page 1"], { stdio: output === "inherit" ? "inherit" : ["ignore", 2, 2] });
    return "converted";
  },
});
serveStdio(server, { observe: observing });
console.error(`Metrics at ${observing.metricsUrl}`);
