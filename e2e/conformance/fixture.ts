import { randomBytes } from "node:crypto";
import { RoundRobin } from "../../examples/fleet/round-robin.ts";
import { RedisServer } from "../stores/redis-servers.ts";
import { Child } from "../support/child.ts";

/**
 * How the everything server is served: through the package's own Node binding, through its Fetch API handler, or by two
 * processes over one Redis, behind a proxy that hands each request to the other one.
 */
export const bindings = ["node", "fetch", "fleet"] as const;
export type Binding = (typeof bindings)[number];

export interface Fixture {
  readonly url: string;
  /** What it has written to stderr until now. */
  readonly stderr: () => string;
  stop(): Promise<void>;
}

/** Starts the everything server in processes of its own, on free ports. */
export async function startFixture(binding: Binding): Promise<Fixture> {
  switch (binding) {
    case "node":
      return startOne("examples/everything/serve.ts");
    case "fetch":
      return startOne("e2e/conformance/serve-fetch.ts");
    case "fleet":
      return startFleet();
  }
}

async function startOne(program: string, env: NodeJS.ProcessEnv = {}): Promise<Fixture> {
  const child = new Child(program, [], { ...env, PORT: "0" });
  const stop = async () => void (await child.stop());
  try {
    const [url] = await child.says(/http:\S+(?=\s)/);
    return { url, stderr: () => child.stderr, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startFleet(): Promise<Fixture> {
  const redis = await RedisServer.start();
  const started: { stop(): unknown }[] = [redis];
  const stop = async () => {
    for (const part of started.reverse()) await part.stop();
  };
  try {
    const env = { REDIS_URL: redis.url, SECRET: randomBytes(32).toString("hex") };
    const servers: Fixture[] = [];
    for (let count = 0; count < 2; count++) {
      const server = await startOne("e2e/conformance/serve-redis.ts", env);
      servers.push(server);
      started.push(server);
    }
    const proxy = await RoundRobin.inFrontOf(servers.map(({ url }) => url));
    started.push({ stop: () => proxy.close() });
    return { url: proxy.url, stderr: () => servers.map(({ stderr }) => stderr()).join(""), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
