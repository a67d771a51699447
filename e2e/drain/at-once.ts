// Drains a server over a Redis at argv[2] as soon as it serves.
import { Redis } from "ioredis";
import { McpServer } from "slipway";
import { serve } from "slipway/node";
import { redisStore } from "slipway/redis";

const client = new Redis(process.argv[2] as string, { lazyConnect: true });
const store = redisStore(client);
const server = new McpServer({ name: "brief", version: "1.0.0", logger: silent() });
const running = await serve(server, { port: 0, store });
await running.drain();
await store.close();
console.log("drained");
client.disconnect();

function silent() {
  const nothing = () => {};
  return { debug: nothing, info: nothing, warn: nothing, error: nothing };
}
