import { InMemorySessionAdapter } from "slipway";
import { serve } from "slipway/node";
import { createServer } from "./server.ts";

const running = await serve(createServer(), {
  port: Number(process.env["PORT"] ?? 4100),
  sessionAdapter: new InMemorySessionAdapter(),
});
console.log(`Everything is served at ${running.url}`);

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void running.close(1000));
