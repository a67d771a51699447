import { InMemoryClientRequestAdapter, type McpServer, type ToolGuard } from "slipway";
import { guard, limits } from "slipway/limits";
import { expect } from "vitest";
import { z } from "zod";
import { modernClient, pause, sessionClient } from "./clients.ts";
import { site } from "./site.ts";
import { symptom } from "./symptom.ts";

symptom("A call never ends", async (trial) => {
  const stuck = (server: McpServer) => {
    // What it waits for never comes.
    server.tool("search", { handler: () => new Promise<string>(() => {}) });
  };
  const patient = await site(stuck);
  await trial.shows(patient, async () => {
    const client = await sessionClient(patient.url, trial);
    await trial.fails(() => client.client.callTool({ name: "search" }, undefined, { timeout: 300 }));
  });
  const bounded = await site(stuck, { limits: limits({ timeoutMs: 100 }) });
  await trial.isGone(bounded, async () => {
    const client = await sessionClient(bounded.url, trial);
    const result = await client.call("search", {});
    expect(result).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining("was stopped") }],
    });
  });
});

symptom("The client gives up after 60 s, and the tool goes on", async (trial) => {
  const slow = (tells: boolean) => (server: McpServer) => {
    server.tool("export", {
      async handler(_args, ctx) {
        for (let progress = 1; progress <= 5 && !ctx.signal.aborted; progress++) {
          if (tells) await ctx.progress({ progress, total: 5 });
          await pause(500);
        }
        return "exported";
      },
    });
  };
  const call = async (url: string) => {
    const { client } = await sessionClient(url, trial);
    const options = { timeout: 1_500, resetTimeoutOnProgress: true, onprogress: () => {} };
    return client.callTool({ name: "export" }, undefined, options);
  };
  const silent = await site(slow(false));
  await trial.shows(silent, () => trial.fails(() => call(silent.url)));
  const telling = await site(slow(true));
  await trial.isGone(telling, async () => {
    expect(await call(telling.url)).toMatchObject({ content: [{ text: "exported" }] });
  });
});

symptom("A question is never answered", async (trial) => {
  const asks = (server: McpServer) => {
    server.tool("delete", {
      async handler(_args, ctx) {
        const answer = await ctx.elicit({ message: "Delete it?", schema: z.object({ sure: z.boolean() }) });
        return answer.action;
      },
    });
  };
  const call = async (url: string) => {
    const client = await sessionClient(url, trial);
    client.answer = () => new Promise(() => {});
    return client.client.callTool({ name: "delete" }, undefined, { timeout: 3_000 });
  };
  const patient = await site(asks);
  await trial.shows(patient, () => trial.fails(() => call(patient.url)));
  const bounded = await site(asks, {
    clientRequestAdapter: new InMemoryClientRequestAdapter({ defaultTimeoutMs: 50 }),
  });
  await trial.isGone(bounded, async () => {
    expect(await call(bounded.url)).toMatchObject({ isError: true });
  });
});

symptom("Something is done twice", async (trial) => {
  const shop = (done: string[], step: boolean) => (server: McpServer) => {
    let runs = 0;
    server.tool("order", {
      async handler(_args, ctx) {
        const reserve = () => void done.push("reserved");
        if (step) await ctx.step("reserve", reserve);
        else reserve();
        const price = await ctx.step("price", () => 20);
        const said = step ? `Pay ${price}?` : `Pay ${price}, try ${Math.min(++runs, 2)}?`;
        const answer = await ctx.elicit({ message: said, schema: z.object({ sure: z.boolean() }) });
        return answer.action;
      },
    });
  };
  const order = async (url: string) => {
    const client = await modernClient(url, trial);
    client.answer = () => ({ action: "accept", content: { sure: true } });
    return client.call("order", {});
  };
  const twice: string[] = [];
  const careless = await site(shop(twice, false));
  await trial.shows(careless, async () => {
    await order(careless.url);
    expect(twice.length).toBeGreaterThan(1);
  });
  const once: string[] = [];
  const careful = await site(shop(once, true));
  await trial.isGone(careful, async () => {
    await order(careful.url);
    expect(once).toEqual(["reserved"]);
  });
});

symptom("A tool fails with Internal error (reference …)", async (trial) => {
  const loads = (load: () => string) => (server: McpServer) => void server.tool("load", { handler: load });
  const call = async (url: string) =>
    trial.saw(JSON.stringify(await (await modernClient(url)).call("load", {})));
  const rows = new Map<string, { name: string }>();
  const broken = await site(loads(() => (rows.get("1") as { name: string }).name));
  await trial.shows(broken, () => call(broken.url));
  const mended = await site(loads(() => rows.get("1")?.name ?? "There is no such row."));
  await trial.isGone(mended, () => call(mended.url));
});

symptom("P95 of a tool rises", async (trial) => {
  const asks = (settings: { guard?: ToolGuard; fallback?: string }) => (server: McpServer) => {
    server.tool("forecast", {
      ...settings,
      handler: async () => {
        // What it depends on is slow.
        await pause(300);
        return "rain";
      },
    });
  };
  const call = async (url: string) => {
    const client = await modernClient(url, trial);
    for (let calls = 0; calls < 5; calls++) await client.call("forecast", {});
  };
  const slow = await site(asks({}));
  await trial.shows(slow, () => call(slow.url));
  const guarded = await site(
    asks({ guard: guard({ timeoutMs: 20 }), fallback: "There is no forecast now." }),
  );
  await trial.isGone(guarded, () => call(guarded.url));
});
