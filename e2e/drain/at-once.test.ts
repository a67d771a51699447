import { expect, onTestFinished, test } from "vitest";
import { RedisServer } from "../stores/redis-servers.ts";
import { Child } from "../support/child.ts";

/** Which of its connections are there by then differs from run to run. */
const RUNS = 8;

test("a server that is drained before its store has answered hears of the end", async () => {
  const redis = await RedisServer.start();
  onTestFinished(() => redis.stop());
  for (let run = 0; run < RUNS; run++) {
    const child = new Child("e2e/drain/at-once.ts", [redis.url]);
    onTestFinished(() => child.kill("SIGKILL"));
    expect(await child.exitCode()).toBe(0);
    expect(child.stdout).toMatch(/drained/);
  }
});
