import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PostgresServer } from "../stores/postgres-server.ts";
import { RedisServer } from "../stores/redis-servers.ts";
import { addressOf, peerAt, textOf } from "./connect.ts";
import { Project, type Running } from "./project.ts";

const project = new Project({
  "server.ts": `import { McpServer } from "slipway";
export default new McpServer({ name: "hello", version: "1.0.0" })
  .tool("count", { handler: async (_, ctx) => String(await ctx.session.update("n", (n = 0) => n + 1)) });`,
});

let redis: RedisServer;
let postgres: PostgresServer;
beforeAll(async () => {
  [redis, postgres] = await Promise.all([RedisServer.start(), PostgresServer.make()]);
});
afterAll(async () => {
  await Promise.all([redis?.stop(), postgres?.remove()]);
  project.remove();
});

const SECRETS = { SLIPWAY_STATE_SECRETS: "a secret that all machines have in common" };

describe.each([
  ["Redis", () => redis.url],
  ["Postgres", () => postgres.url],
])("slipway serve over %s", (_, url) => {
  test("keeps a session for whichever instance serves, of two with two workers each", async () => {
    const start = (port: string) =>
      project.start(["serve", "server.ts", "--port", port, "--workers", "2", "--store", url()], {
        env: SECRETS,
      });
    const first: Running = start("0");
    const at = await addressOf(first);
    const peer = await peerAt(at, "legacy");
    expect([await textOf(peer, "count"), await textOf(peer, "count")]).toEqual(["1", "2"]);
    expect((await first.stop()).code).toBe(0);
    const second = start(at.port);
    await addressOf(second);
    expect([await textOf(peer, "count"), await textOf(peer, "count")]).toEqual(["3", "4"]);
    await peer.close();
    const { code, stderr } = await second.stop();
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringContaining("warning") });
  });

  test("warns where each machine would seal with a secret of its own", async () => {
    const running = project.start(["serve", "server.ts", "--port", "0", "--store", url()]);
    await addressOf(running);
    const { code, stderr } = await running.stop();
    expect(stderr).toContain("warning: Suspended calls are sealed with a secret that only this machine has.");
    expect(code).toBe(0);
  });
});
