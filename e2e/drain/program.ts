// A server that ends on signals, though something would keep its process alive.
import { McpServer } from "slipway";
import { type ServeOptions, serve } from "slipway/node";

const { busy = false, ...options } = JSON.parse(process.argv[2] ?? "{}") as ServeOptions & { busy?: boolean };

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const server = new McpServer({ name: "ends", version: "1.0.0" });
server.tool("slow", {
  handler: async () => {
    console.log("slow begins");
    await pause(1_000);
    return "done";
  },
});
server.tool("stubborn", {
  handler: () => {
    console.log("stubborn begins");
    return new Promise<string>(() => {});
  },
});

setInterval(() => {}, 1_000);
if (busy) process.on("SIGTERM", () => console.log("the program heard it, too"));
const running = await serve(server, { port: 0, signals: true, ...options });
console.log(`Serving at ${running.url}`);
await running.closed;
console.log("closed");
