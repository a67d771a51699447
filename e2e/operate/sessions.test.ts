import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InMemorySessionAdapter, type McpServer } from "slipway";
import { sqliteStore } from "slipway/sqlite";
import { expect, onTestFinished } from "vitest";
import { z } from "zod";
import { CuttingProxy } from "../support/cutting-proxy.ts";
import { modernClient, pause, sessionClient } from "./clients.ts";
import { balanced, proxied } from "./proxies.ts";
import { type OpenSite, site } from "./site.ts";
import { symptom } from "./symptom.ts";

function tools(server: McpServer): void {
  server.tool("hello", { handler: () => "Hello!" });
  server.tool("delete", {
    async handler(_args, ctx) {
      const answer = await ctx.elicit({ message: "Delete it?", schema: z.object({ sure: z.boolean() }) });
      return answer.action === "accept" ? "deleted" : "kept";
    },
  });
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "slipway-operate-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A server over a file that others share. */
async function over(file: string): Promise<OpenSite> {
  const store = sqliteStore(file);
  await store.ready();
  onTestFinished(() => store.close());
  return site(tools, { store });
}

symptom("404 after a deploy", async (trial) => {
  const deploy = async (before: OpenSite, after: OpenSite) => {
    const proxy = await proxied(before.url);
    const client = await sessionClient(proxy.url, trial);
    await client.call("hello", {});
    await before.close();
    proxy.moveTo(after.url);
    return client;
  };
  const [old, fresh] = [await site(tools), await site(tools)];
  await trial.shows(fresh, async () => {
    const client = await deploy(old, fresh);
    await trial.fails(() => client.call("hello", {}));
    await trial.byHand({ URL: fresh.url });
  });
  const file = join(folder(), "store.db");
  const [first, second] = [await over(file), await over(file)];
  await trial.isGone(second, async () => {
    const client = await deploy(first, second);
    expect(await client.call("hello", {})).toMatchObject({ content: [{ text: "Hello!" }] });
  });
});

symptom("404 now and then, with several instances", async (trial) => {
  const apart = [await site(tools), await site(tools)];
  await trial.shows(apart, async () => {
    const url = await balanced(apart.map(({ url }) => url));
    await trial.fails(async () => {
      const client = await sessionClient(url, trial);
      for (let calls = 0; calls < 4; calls++) await client.call("hello", {});
    });
    await trial.byHand({ URL: url });
  });
  const file = join(folder(), "store.db");
  const shared = [await over(file), await over(file), await over(file)];
  await trial.isGone(shared, async () => {
    const client = await sessionClient(await balanced(shared.map(({ url }) => url)), trial);
    for (let calls = 0; calls < 6; calls++) await client.call("hello", {});
  });
});

symptom("404 after a while in which the user did nothing", async (trial) => {
  const idle = async (idleTimeoutMs: number) => {
    const place = await site(tools, { sessionAdapter: new InMemorySessionAdapter({ idleTimeoutMs }) });
    return {
      place,
      use: async () => {
        const proxy = await CuttingProxy.inFrontOf(new URL(place.url));
        onTestFinished(() => proxy.close());
        const client = await sessionClient(proxy.url.href, trial);
        // A laptop sleeps.
        proxy.goAway();
        await pause(600);
        proxy.comeBack();
        await client.call("hello", {});
      },
    };
  };
  const short = await idle(300);
  await trial.shows(short.place, () => trial.fails(short.use));
  const long = await idle(60_000);
  await trial.isGone(long.place, long.use);
});

symptom("400 after a deploy", async (trial) => {
  // As each process makes one for itself where it is given none.
  const own = () => site(tools, { requestState: { secrets: [crypto.randomUUID()] } });
  const askAcross = async (before: OpenSite, after: OpenSite) => {
    const proxy = await proxied(before.url);
    const client = await modernClient(proxy.url, trial);
    client.answer = async () => {
      // The user thinks about it, and meanwhile there is a deploy.
      await before.close();
      proxy.moveTo(after.url);
      return { action: "accept", content: { sure: true } };
    };
    return client.call("delete", {});
  };
  const [old, fresh] = [await own(), await own()];
  await trial.shows(fresh, () => trial.fails(() => askAcross(old, fresh)));
  const requestState = { secrets: ["a secret that all instances have in common"] };
  const [first, second] = [await site(tools, { requestState }), await site(tools, { requestState })];
  await trial.isGone(second, async () => {
    expect(await askAcross(first, second)).toMatchObject({ content: [{ text: "deleted" }] });
  });
});
