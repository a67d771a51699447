import { expect, onTestFinished } from "vitest";
import { RedisServer } from "../stores/redis-servers.ts";
import { latch, pause, sessionClient } from "./clients.ts";
import { instance, type ProcessSite } from "./process-site.ts";
import { proxied } from "./proxies.ts";
import { symptom } from "./symptom.ts";

const accept = { action: "accept", content: { sure: true } } as const;

async function pair(env: { [name: string]: string }): Promise<[ProcessSite, ProcessSite]> {
  const redis = await RedisServer.start();
  onTestFinished(() => redis.stop());
  const shared = { REDIS: redis.url, ...env };
  return Promise.all([instance(shared), instance(shared)]);
}

symptom("Calls are lost at each deploy", async (trial) => {
  /** A call is at work on the first instance when that is to end, and its client goes on with the second. */
  const deploy = async ([first, second]: readonly [ProcessSite, ProcessSite], signal: NodeJS.Signals) => {
    const proxy = await proxied(first.url);
    const client = await sessionClient(proxy.url, trial);
    const begun = latch();
    const call = client.call("report", { ms: 1_000 }, { onProgress: () => begun.resolve() });
    call.catch(() => {});
    await begun.promise;
    proxy.moveTo(second.url);
    await first.child.stop(signal);
    return call;
  };
  const killed = await pair({ DEAD_AFTER_MS: "300" });
  await trial.shows(killed[1], () => trial.fails(() => deploy(killed, "SIGKILL")));
  const drained = await pair({ DEAD_AFTER_MS: "300", GRACE_MS: "10000" });
  await trial.isGone(drained[1], async () => {
    expect(await deploy(drained, "SIGTERM")).toMatchObject({ content: [{ text: "reported" }] });
  });
});

symptom("Instances take each other for dead", async (trial) => {
  /** The first instance can do nothing while the answer to its question comes to the second. */
  const ask = async ([first, second]: readonly [ProcessSite, ProcessSite]) => {
    const proxy = await proxied(first.url);
    const client = await sessionClient(proxy.url, trial);
    client.answer = async () => {
      process.kill(first.child.pid, "SIGSTOP");
      proxy.moveTo(second.url);
      await pause(600);
      setTimeout(() => process.kill(first.child.pid, "SIGCONT"), 1_500);
      return accept;
    };
    return client.call("delete", {});
  };
  const hasty = await pair({ DEAD_AFTER_MS: "300" });
  // The first one says nothing while it is stopped, not even to Prometheus.
  await trial.shows(hasty[1], () => ask(hasty));
  const patient = await pair({ DEAD_AFTER_MS: "30000" });
  await trial.isGone(patient[1], async () => {
    expect(await ask(patient)).toMatchObject({ content: [{ text: "deleted" }] });
  });
});
