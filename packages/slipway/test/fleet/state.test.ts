import { McpServer } from "slipway";
import { memoryStore } from "slipway/memory";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { matrix, openWire } from "../support/index.ts";
import { machine, SessionClient } from "./machines.ts";

function shop() {
  const server = new McpServer({ name: "shop", version: "1" });
  const baskets = server.handle("basket", { schema: z.object({ items: z.array(z.string()) }) });
  server.tool("create_basket", {
    handler: async (_args, ctx) => ({ basket: await baskets.create(ctx, { items: [] }) }),
  });
  server.tool("add_item", {
    inputSchema: z.object({ basket: z.string(), sku: z.string() }),
    handles: { basket: baskets },
    handler: async ({ basket, sku }) => {
      const { items } = await basket.update(({ items }) => ({ items: [...items, sku] }));
      return { items };
    },
  });
  server.tool("count", {
    handler: async (_args, ctx) => {
      const count = await ctx.session?.update<number>("count", (before = 0) => before + 1);
      return `${count}`;
    },
  });
  return server;
}

describe.each(matrix())("handles in $revision over $transport", ({ revision, transport }) => {
  test("keep state under an id that the client passes back", async () => {
    const wire = await openWire(shop(), { transport, era: revision });
    const created = await wire.callTool("create_basket");
    const { basket } = JSON.parse(created.toolText) as { basket: string };
    expect(basket).toMatch(/^basket_[0-9a-f]{32}$/);
    await wire.callTool("add_item", { basket, sku: "a" });
    const added = await wire.callTool("add_item", { basket, sku: "b" });
    expect(JSON.parse(added.toolText)).toEqual({ items: ["a", "b"] });
  });

  test("tell the model of an id that opens nothing", async () => {
    const wire = await openWire(shop(), { transport, era: revision });
    const reply = await wire.callTool("add_item", { basket: "basket_0", sku: "a" });
    expect(reply.result).toMatchObject({ isError: true });
    expect(reply.toolText).toMatch(/no such basket/);
  });
});

test("an id opens its state for the principal that created it, and for no other", async () => {
  const wire = await openWire(shop(), {
    transport: "fetch",
    era: "2026-07-28",
    principal: { subject: "ada" },
  });
  const { basket } = JSON.parse((await wire.callTool("create_basket")).toolText) as { basket: string };
  const thief = await wire.connect({ principal: { subject: "bob" } });
  expect((await thief.callTool("add_item", { basket, sku: "a" })).toolText).toMatch(/no such basket/);
  expect((await wire.callTool("add_item", { basket, sku: "a" })).result).not.toHaveProperty("isError");
});

test("updates that many machines make at once are all kept, of handles and of sessions", async () => {
  const store = memoryStore();
  const machines = [machine(shop(), store), machine(shop(), store.instance())] as const;
  const client = await SessionClient.open(machines[0]);
  const created = await client.request(machines[1], "tools/call", { name: "create_basket" });
  const { basket } = created.result["structuredContent"] as { basket: string };
  const calls = Array.from({ length: 20 }, (_, i) => machines[i % 2] as (typeof machines)[0]);
  await Promise.all(
    calls.map((at, i) =>
      client.request(at, "tools/call", { name: "add_item", arguments: { basket, sku: `${i}` } }),
    ),
  );
  await Promise.all(calls.map((at) => client.request(at, "tools/call", { name: "count" })));
  const last = await client.request(machines[0], "tools/call", {
    name: "add_item",
    arguments: { basket, sku: "z" },
  });
  expect((last.result["structuredContent"] as { items: string[] }).items).toHaveLength(21);
  const counted = await client.request(machines[1], "tools/call", { name: "count" });
  expect((counted.result["content"] as { text: string }[])[0]?.text).toBe("21");
});
