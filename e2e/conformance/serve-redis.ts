// The everything server as one of several processes that keep all they have to know in one Redis.
import { Redis } from "ioredis";
import { serve } from "slipway/node";
import { redisStore } from "slipway/redis";
import type { Switches } from "../../examples/everything/changes.ts";
import { createServer } from "../../examples/everything/server.ts";

/** What a server changes in what it offers is its own affair, and so is that all its processes do. */
class RedisSwitches implements Switches {
  readonly #commands: Redis;
  readonly #messages: Redis;
  listener: Switches["listener"] = () => {};

  static async in(redis: Redis): Promise<RedisSwitches> {
    const switches = new RedisSwitches(redis);
    await switches.#messages.subscribe("switches");
    return switches;
  }

  private constructor(redis: Redis) {
    this.#commands = redis;
    this.#messages = redis.duplicate();
    this.#messages.on("message", (_channel, text) => {
      const [key, shown] = JSON.parse(text);
      this.listener(key, shown);
    });
  }

  async flip(key: string): Promise<boolean> {
    const shown = (await this.#commands.hincrby("switches", key, 1)) % 2 === 1;
    await this.#commands.publish("switches", JSON.stringify([key, shown]));
    return shown;
  }

  async close(): Promise<void> {
    await this.#messages.quit();
  }
}

const { REDIS_URL = "redis://127.0.0.1:6379", SECRET = "" } = process.env;
const redis = new Redis(REDIS_URL);
const store = redisStore(redis);
await store.ready();
const switches = await RedisSwitches.in(redis);
const running = await serve(createServer(switches), {
  port: Number(process.env["PORT"] ?? 4100),
  store,
  // What one process seals, another opens.
  requestState: { secrets: [SECRET] },
});
console.log(`Everything is served at ${running.url}`);
process.once("SIGTERM", async () => {
  await running.close(1000);
  await store.close();
  await switches.close();
  await redis.quit();
});
