import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RedisServer } from "../stores/redis-servers.ts";
import { Child } from "../support/child.ts";

/** Runs the demo to its end. */
async function demo(...args: string[]): Promise<{ code: number | null; story: string }> {
  const child = new Child("examples/fleet/demo.ts", args);
  const code = await child.exitCode();
  return { code, story: `${child.stdout}${child.stderr}` };
}

const count = (story: string, what: RegExp) => story.match(what)?.length ?? 0;

describe("the fleet's demo", () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await RedisServer.start();
  });
  afterAll(() => redis.stop());

  test.concurrent.each([
    ["SQLite", () => []],
    ["Redis", () => ["--store", redis.url]],
  ] as const)("kills instances over %s, and no client notices", async (_, args) => {
    const { code, story } = await demo(...args());
    expect(story).toContain("No client has noticed anything.");
    expect(story).not.toContain("A client has noticed");
    expect(code).toBe(0);
    expect(count(story, /kill -9 \d+/g)).toBe(5);
    expect(count(story, /is started again/g)).toBe(5);
    expect(count(story, /has taken over the call/g)).toBe(4);
    expect(count(story, /In the ledger: reserve, take, give\./g)).toBe(2);
    expect(story).toContain("The client has seen 60 of 60, each once and in order.");
    for (const name of ["A", "B", "C"]) expect(story).toContain(`${name} ← tools/call whereami`);
  });

  test.concurrent("ends with an error where instances share nothing", async () => {
    const { code, story } = await demo("--store", "memory");
    expect(story).toMatch(/A client has noticed: .*session/i);
    expect(story).not.toContain("No client has noticed anything.");
    expect(code).toBe(1);
  });
});
