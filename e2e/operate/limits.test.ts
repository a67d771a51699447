import { InMemorySessionAdapter, type McpServer } from "slipway";
import { limits, perMinute } from "slipway/limits";
import { onTestFinished } from "vitest";
import { callTool, INITIALIZE, open, pause, post, postRaw, until } from "./clients.ts";
import { type OpenSite, site } from "./site.ts";
import { symptom } from "./symptom.ts";

/** A tool that goes on until the test says so. */
function holding() {
  let release = () => {};
  let working = 0;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  onTestFinished(() => release());
  return {
    release: () => release(),
    get working() {
      return working;
    },
    tools: (server: McpServer) =>
      void server.tool("hold", {
        handler: async () => {
          working++;
          await released;
          return "held";
        },
      }),
  };
}

const none = () => {};

symptom("429: too many requests", async (trial) => {
  const narrow = await site(none, { limits: limits({ address: perMinute(3, { burst: 3 }) }) });
  const visit = async ({ url }: OpenSite) => {
    for (let requests = 0; requests < 10; requests++) trial.saw(await post(url, INITIALIZE));
  };
  await trial.shows(narrow, async () => {
    await visit(narrow);
    await trial.byHand({ URL: narrow.url });
  });
  const wide = await site(none, { limits: limits({ address: perMinute(60, { burst: 100 }) }) });
  await trial.isGone(wide, () => visit(wide));
});

symptom("429: too many open streams", async (trial) => {
  const visit = async ({ url }: OpenSite) => {
    const session = await open(url);
    const stop = new AbortController();
    onTestFinished(() => stop.abort());
    for (let streams = 0; streams < 5; streams++) {
      const headers = { accept: "text/event-stream", "mcp-session-id": session };
      const response = await fetch(url, { headers, signal: stop.signal });
      trial.saw(`${response.status} ${response.ok ? "" : await response.text()}`);
    }
  };
  const narrow = await site(none, { maxStreamsPerSession: 2 });
  await trial.shows(narrow, () => visit(narrow));
  const wide = await site(none);
  await trial.isGone(wide, () => visit(wide));
});

symptom("503: too much is being served", async (trial) => {
  const visit = async ({ url }: OpenSite, held: ReturnType<typeof holding>) => {
    const calls = [callTool(url, "hold"), callTool(url, "hold")];
    await until(() => held.working === 2);
    const third = callTool(url, "hold");
    await Promise.race([third, until(() => held.working === 3)]);
    await pause(500);
    held.release();
    for (const call of [...calls, third]) {
      const response = await call;
      trial.saw(`${response.status} ${await response.text()}`);
    }
  };
  const [few, many] = [holding(), holding()];
  const narrow = await site(few.tools, { maxCalls: 2 });
  await trial.shows(narrow, () => visit(narrow, few));
  const wide = await site(many.tools, { maxCalls: 100 });
  await trial.isGone(wide, () => visit(wide, many));
});

symptom("503 when a session is opened", async (trial) => {
  const visit = async ({ url }: OpenSite, end: boolean) => {
    for (let clients = 0; clients < 4; clients++) {
      const response = await postRaw(url, INITIALIZE);
      trial.saw(`${response.status} ${await response.text()}`);
      const session = response.headers.get("mcp-session-id");
      if (end && session !== null)
        await fetch(url, { method: "DELETE", headers: { "mcp-session-id": session } });
    }
  };
  const full = await site(none, { sessionAdapter: new InMemorySessionAdapter({ maxSessions: 2 }) });
  await trial.shows(full, async () => {
    await visit(full, false);
    await trial.byHand({ URL: full.url });
  });
  const tidy = await site(none, {
    sessionAdapter: new InMemorySessionAdapter({ maxSessions: 2, idleTimeoutMs: 1 }),
  });
  await trial.isGone(tidy, () => visit(tidy, true));
});
