import type { McpServer } from "slipway";
import { expect } from "vitest";
import { callTool, modernClient, open, post } from "./clients.ts";
import { instance, type ProcessSite } from "./process-site.ts";
import { site } from "./site.ts";
import { symptom } from "./symptom.ts";

symptom("Everything is slow at once", async (trial) => {
  const place = await instance();
  const client = await modernClient(place.url, trial);
  const compute = async (tool: string) => {
    const computing = client.call(tool, { ms: 1_500 });
    await client.call("hello", {});
    await computing;
  };
  await trial.shows(place, () => compute("hash"));
  await trial.isGone(place, () => compute("hash-elsewhere"));
});

symptom("Memory grows", async (trial) => {
  const visits = async (place: ProcessSite, end: boolean) => {
    const admin = await modernClient(place.url);
    for (let clients = 1; clients <= 25; clients++) {
      const session = { "mcp-session-id": await open(place.url) };
      await post(place.url, REMEMBER, session);
      if (end) await fetch(place.url, { method: "DELETE", headers: session });
      if (clients % 5 === 0) await admin.call("collect", {});
    }
  };
  const [growing, steady] = await Promise.all([instance(), instance()]);
  await trial.shows(growing, () => visits(growing, false));
  await trial.isGone(steady, () => visits(steady, true));
});

const REMEMBER = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "remember", arguments: {} } };

symptom("A task never ends", async (trial) => {
  const exports = (timeoutMs: number | undefined) => (server: McpServer) => {
    server.tool("export", {
      task: "required",
      handler: (_args, ctx) => {
        const signals = [ctx.signal, ...(timeoutMs === undefined ? [] : [AbortSignal.timeout(timeoutMs)])];
        const signal = AbortSignal.any(signals);
        return new Promise<string>((_, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason));
        });
      },
    });
  };
  const begin = async (url: string) => {
    const response = await callTool(
      url,
      "export",
      {},
      { extensions: { "io.modelcontextprotocol/tasks": {} } },
    );
    expect(await response.text()).toContain('"working"');
  };
  const patient = await site(exports(undefined));
  await trial.shows(patient, () => begin(patient.url));
  const bounded = await site(exports(50));
  await trial.isGone(bounded, () => begin(bounded.url));
});

symptom("Metrics are missing", async (trial) => {
  const none = () => {};
  const without = await site(none, { endpoints: {} });
  await trial.shows(without, () => trial.byHand({ URL: without.url }));
  const withThem = await site(none);
  await trial.isGone(withThem, async () => {
    const response = await fetch(new URL("/metrics", withThem.url));
    trial.saw(`${response.status} ${await response.text()}`);
  });
});
