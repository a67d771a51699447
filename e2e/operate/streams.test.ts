import { InMemorySessionAdapter, type McpServer } from "slipway";
import { limits, perSecond } from "slipway/limits";
import { expect, onTestFinished } from "vitest";
import { CuttingProxy } from "../support/cutting-proxy.ts";
import { callTool, latch, pause, sessionClient, until } from "./clients.ts";
import { proxied } from "./proxies.ts";
import { scrape } from "./scrape.ts";
import { site } from "./site.ts";
import { symptom } from "./symptom.ts";

const none = () => {};

symptom("The stream stops after 60 s", async (trial) => {
  const impatient = { readTimeoutMs: 600 };
  const silent = await site(none, { keepAliveMs: 60_000, retryMs: 50 });
  await trial.shows(silent, async () => {
    const { url } = await proxied(silent.url, impatient);
    await sessionClient(url, trial);
    await trial.byHand({ URL: url });
  });
  const talking = await site(none, { keepAliveMs: 50, retryMs: 50 });
  await trial.isGone(talking, async () => {
    await sessionClient((await proxied(talking.url, impatient)).url, trial);
    await pause(1_500);
  });
});

symptom("Progress comes all at once, at the end", async (trial) => {
  let [told, released] = [latch(), latch()];
  const { url, log } = await site((server) => {
    server.tool("slow", {
      async handler(_args, ctx) {
        await ctx.progress({ progress: 1, total: 2 });
        told.resolve();
        await released.promise;
        return "done";
      },
    });
  });
  /** How much progress has come when the tool has told of some, and is not done. */
  const comes = async (through: string, wait: (progress: readonly number[]) => Promise<void>) => {
    [told, released] = [latch(), latch()];
    const client = await sessionClient(through);
    const progress: number[] = [];
    const call = client.call("slow", {}, { onProgress: (made) => progress.push(made.progress) });
    await told.promise;
    await wait(progress);
    const come = progress.length;
    released.resolve();
    await call;
    return come;
  };
  const buffering = await proxied(url, { buffers: true });
  await trial.shows({ url, log }, async () => {
    expect(await comes(buffering.url, () => pause(300))).toBe(0);
    await trial.byHand({ URL: buffering.url });
  });
  const passing = await proxied(url);
  await trial.isGone({ url, log }, async () => {
    expect(await comes(passing.url, (progress) => until(() => progress.length > 0))).toBe(1);
  });
});

const flood = (size: number) => (server: McpServer) => {
  server.tool("flood", {
    async handler(_args, ctx) {
      await ctx.progress({ progress: 0 });
      // Its client has begun to read.
      await pause(50);
      for (let progress = 1; progress <= 200; progress++) {
        void ctx.progress({ progress, message: "x".repeat(size) });
      }
      await pause(200);
      return "done";
    },
  });
};

symptom("A stream is cut while much is sent", async (trial) => {
  const much = flood(10_000);
  /** Calls, and reads nothing of the answer until it may. */
  const dawdle = async (url: string, mayRead: Promise<void>) => {
    const response = await callTool(url, "flood");
    await mayRead;
    await response.text();
  };
  const bounded = await site(much, { maxBufferedBytes: 100_000, sessionAdapter: null });
  const cut = async () =>
    (await scrape(bounded.url)).samples.some(
      ({ name, value }) => name === "slipway_streams_cut_total" && value > 0,
    );
  await trial.shows(bounded, () => trial.fails(() => dawdle(bounded.url, until(cut))));
  const less = await site(much, {
    maxBufferedBytes: 100_000,
    sessionAdapter: null,
    limits: limits({ notifications: { progress: perSecond(5) } }),
  });
  await trial.isGone(less, () => dawdle(less.url, pause(500)));
});

symptom("410: what was missed is no longer held", async (trial) => {
  const counts = (server: McpServer) => {
    server.tool("count", {
      async handler(_args, ctx) {
        await ctx.progress({ progress: 1 });
        await away.promise;
        for (let progress = 2; progress <= 50; progress++) await ctx.progress({ progress });
        counted.resolve();
        return "counted";
      },
    });
  };
  let away = latch();
  let counted = latch();
  /** Calls, loses its connection at the first progress, and comes back when all has been counted. */
  const call = async (url: string) => {
    away = latch();
    counted = latch();
    const proxy = await CuttingProxy.inFrontOf(new URL(url));
    onTestFinished(() => proxy.close());
    const client = await sessionClient(proxy.url.href, trial);
    const begun = latch();
    const result = client.client.callTool({ name: "count" }, undefined, {
      onprogress: () => begun.resolve(),
      timeout: 2_000,
    });
    result.catch(() => {});
    await begun.promise;
    proxy.goAway();
    away.resolve();
    await counted.promise;
    proxy.comeBack();
    return result;
  };
  const short = await site(counts, {
    sessionAdapter: new InMemorySessionAdapter({ maxEventBufferSize: 10 }),
    retryMs: 50,
  });
  await trial.shows(short, () => trial.fails(() => call(short.url)));
  const long = await site(counts, { retryMs: 50 });
  await trial.isGone(long, async () => {
    expect(await call(long.url)).toMatchObject({ content: [{ text: "counted" }] });
  });
});
