import { Redis } from "ioredis";
import type { McpServer } from "slipway";
import { redisStore } from "slipway/redis";
import { expect, onTestFinished } from "vitest";
import { RedisServer } from "../stores/redis-servers.ts";
import { INITIALIZE, LIST, open, post } from "./clients.ts";
import { site } from "./site.ts";
import { symptom } from "./symptom.ts";

const none = (server: McpServer) => void server.tool("hello", { handler: () => "Hello!" });

symptom("503 while the store is away", async (trial) => {
  const redis = await RedisServer.start();
  onTestFinished(() => redis.stop());
  const client = new Redis(redis.url, { retryStrategy: () => 50 });
  client.on("error", () => {});
  const store = redisStore(client);
  await store.ready();
  onTestFinished(async () => {
    await store.close();
    client.disconnect();
  });
  const place = await site(none, { store });
  const session = { "mcp-session-id": await open(place.url) };
  await trial.shows(place, async () => {
    await redis.kill();
    trial.saw(await post(place.url, LIST, session));
    await trial.byHand({ URL: place.url });
  });
  await redis.start();
  await expect.poll(() => post(place.url, INITIALIZE), { timeout: 10_000 }).toMatch(/^200/);
  await trial.isGone(place, async () => {
    expect(await post(place.url, INITIALIZE)).toMatch(/^200/);
  });
});
