import { describe, expect, test } from "vitest";
import {
  type ChangeFilter,
  gate,
  type Id,
  META,
  matrix,
  openWire,
  type Stream,
  until,
  type Wire,
} from "../support/index.ts";
import { emptyServer, fullServer, MODERN } from "./server.ts";

const TYPES = [
  ["toolsListChanged", "notifications/tools/list_changed"],
  ["promptsListChanged", "notifications/prompts/list_changed"],
  ["resourcesListChanged", "notifications/resources/list_changed"],
] as const;

/** Changes everything that a client can be told of. */
function changeAll(server: ReturnType<typeof fullServer>, name: string): void {
  server.tool(name, { handler: () => "" }).prompt(name, { handler: () => "" });
  server.resource(`test://new/${name}`, { handler: () => "" });
  server.notify("notifications/resources/updated", { uri: "test://plain" });
}

const methodsOf = (stream: Stream) => stream.messages.items.map(({ method }) => method);

/** Resolves when all that was sent before has arrived: by a stream that is told of everything. */
async function listenToAll(wire: Wire): Promise<Stream> {
  return wire.listen({
    toolsListChanged: true,
    promptsListChanged: true,
    resourcesListChanged: true,
    resourceSubscriptions: ["test://plain"],
  });
}

describe.each(matrix(MODERN))("subscriptions over $transport", ({ transport }) => {
  test.each([
    ...TYPES.map(([field, method]) => [field, { [field]: true }, method] as const),
    [
      "resourceSubscriptions",
      { resourceSubscriptions: ["test://plain"] },
      "notifications/resources/updated",
    ] as const,
  ])(
    "of %s alone are told of nothing else [2026-07-28/subscriptions/only-requested-types]",
    async (_, filter: ChangeFilter, method) => {
      const server = fullServer();
      const wire = await openWire(server, { transport });
      const only = await wire.listen(filter);
      const all = await listenToAll(wire);
      changeAll(server, "new");
      for (let changes = 0; changes < 4; changes++) await all.next();
      await only.next();
      // Its end comes after all that it was told.
      await wire.close();
      const reply = await only.reply();
      expect(
        reply.notifications
          .map((message) => message.method)
          .filter((name) => name !== "notifications/cancelled"),
      ).toEqual(["notifications/subscriptions/acknowledged", method]);
    },
  );

  test("whose fields are absent, false, or not what they should be are told nothing [2026-07-28/subscriptions/only-requested-types]", async () => {
    const server = fullServer();
    const wire = await openWire(server, { transport });
    const filters = [
      {},
      { toolsListChanged: false },
      { toolsListChanged: "yes", promptsListChanged: 1 },
      { resourceSubscriptions: [] },
    ];
    const streams = await Promise.all(filters.map((filter) => wire.listen(filter as ChangeFilter)));
    const all = await listenToAll(wire);
    changeAll(server, "new");
    for (let changes = 0; changes < 4; changes++) await all.next();
    await wire.close();
    for (const stream of streams) {
      const { notifications } = await stream.reply();
      expect(
        notifications.filter(({ method }) => method?.includes("changed") || method?.includes("updated")),
      ).toEqual([]);
    }
  });

  test("are told of the resources that they name, and of no others [2026-07-28/subscriptions/only-subscribed-uris]", async () => {
    const server = fullServer();
    const wire = await openWire(server, { transport });
    const uris = ["test://plain", "test://item/1"];
    const stream = await wire.listen({ resourceSubscriptions: uris });
    for (const uri of ["test://asking", "test://item/2", "test://item/1", "test://item/11", "test://plain"]) {
      server.notify("notifications/resources/updated", { uri });
    }
    const told = [await stream.next(), await stream.next()].map(({ params }) => params.uri);
    expect(told).toEqual(["test://item/1", "test://plain"]);
    await wire.close();
    expect(
      (await stream.reply()).notifications.filter(
        ({ method }) => method === "notifications/resources/updated",
      ),
    ).toHaveLength(2);
  });

  test("are acknowledged before they are told anything, whatever changes meanwhile [2026-07-28/subscriptions/acknowledged-first]", async () => {
    const held = gate();
    const entered = gate();
    const server = fullServer().use(async (ctx, next) => {
      if (ctx.request.method === "subscriptions/listen" && ctx.request.id === "slow") {
        entered.open();
        await held.opened;
      }
      await next();
    });
    const wire = await openWire(server, { transport });
    const other = await wire.listen({ toolsListChanged: true });
    const slow = wire.start(
      "subscriptions/listen",
      { notifications: { toolsListChanged: true } },
      { id: "slow" },
    );
    await entered.opened;
    server.tool("meanwhile", { handler: () => "" });
    await other.next();
    server.tool("at once", { handler: () => "" });
    held.open();
    expect((await slow.next()).method).toBe("notifications/subscriptions/acknowledged");
    await other.next();
    server.tool("afterwards", { handler: () => "" });
    expect((await slow.nextOf("notifications/tools/list_changed")).params._meta[META.subscriptionId]).toBe(
      "slow",
    );
    expect(methodsOf(slow).filter((method) => method?.endsWith("acknowledged"))).toHaveLength(1);
    expect(methodsOf(slow)[0]).toBe("notifications/subscriptions/acknowledged");
  });

  test("are acknowledged in what the server has [2026-07-28/subscriptions/acknowledges-subset]", async () => {
    const everything = {
      ...Object.fromEntries(TYPES.map(([field]) => [field, true])),
      resourceSubscriptions: ["test://plain"],
    };
    const acknowledged = async (server: ReturnType<typeof emptyServer>, notifications: object) => {
      const wire = await openWire(server, { transport });
      const stream = wire.start("subscriptions/listen", { notifications });
      return (await stream.next()).params.notifications;
    };
    const handler = () => "";
    expect(await acknowledged(emptyServer(), everything)).toEqual({});
    expect(await acknowledged(emptyServer().tool("t", { handler }), everything)).toEqual({
      toolsListChanged: true,
    });
    expect(await acknowledged(emptyServer().prompt("p", { handler }), everything)).toEqual({
      promptsListChanged: true,
    });
    const resources = { resourcesListChanged: true, resourceSubscriptions: ["test://plain"] };
    expect(await acknowledged(emptyServer().resource("test://plain", { handler }), everything)).toEqual(
      resources,
    );
    expect(await acknowledged(fullServer(), everything)).toEqual(everything);
    expect(await acknowledged(fullServer(), { toolsListChanged: false, unknown: true })).toEqual({});
    expect(
      await acknowledged(fullServer(), { resourceSubscriptions: ["test://plain", "test://nowhere", "x"] }),
    ).toEqual({
      resourceSubscriptions: ["test://plain"],
    });
  });

  test("that name no filter are refused", async () => {
    const wire = await openWire(fullServer(), { transport });
    for (const params of [
      {},
      { notifications: [] },
      { notifications: { resourceSubscriptions: "test://plain" } },
    ]) {
      const { error } = await wire.request("subscriptions/listen", params);
      expect(error).toMatchObject({ code: -32602, message: expect.stringContaining("notifications") });
    }
  });

  test.each<Id>([7, "seven", 0, ""])(
    "with the id %j that the server ends are answered, as the last they are told [2026-07-28/subscriptions/graceful-end] [2026-07-28/subscriptions/end-carries-id]",
    async (id) => {
      const server = fullServer();
      const wire = await openWire(server, { transport });
      const stream = await wire.listen({ toolsListChanged: true }, { id });
      server.tool("last", { handler: () => "" });
      if (wire.overHttp) await wire.http.handler.close();
      else await wire.stdio.server.close();
      const reply = await stream.reply();
      expect(reply.cut).toBe(false);
      expect(reply.messages.at(-1)).toEqual({
        jsonrpc: "2.0",
        id,
        result: { resultType: "complete", _meta: expect.objectContaining({ [META.subscriptionId]: id }) },
      });
      expect(reply.messages.filter((message) => "result" in message)).toHaveLength(1);
    },
  );

  test("that are open several at once end each on its own [2026-07-28/subscriptions/graceful-end]", async () => {
    const wire = await openWire(fullServer(), { transport });
    const ids = ["a", "b", "c"];
    const streams = await Promise.all(ids.map((id) => wire.listen({ toolsListChanged: true }, { id })));
    await wire.close();
    const replies = await Promise.all(streams.map((stream) => stream.reply()));
    expect(replies.map(({ response }) => response?.id)).toEqual(ids);
  });

  test("that the client ends are told nothing more", async () => {
    const server = fullServer();
    const wire = await openWire(server, { transport });
    const ended = await wire.listen({ toolsListChanged: true });
    const going = await wire.listen({ toolsListChanged: true });
    await ended.cancel();
    if (wire.overHttp) await until(() => wire.http.handler.load.streams === 1, "the stream was gone");
    else await wire.settle();
    server.tool("new", { handler: () => "" });
    await going.next();
    expect(methodsOf(ended)).toEqual(["notifications/subscriptions/acknowledged"]);
    if (wire.overHttp) expect(wire.http.handler.load.streams).toBe(1);
  });

  test("that the client ends while they open leave nothing behind", async () => {
    const held = gate();
    const entered = gate();
    const server = fullServer().use(async (ctx, next) => {
      if (ctx.request.method === "subscriptions/listen") {
        entered.open();
        await held.opened;
      }
      await next();
    });
    const wire = await openWire(server, { transport });
    const stream = wire.start(
      "subscriptions/listen",
      { notifications: { toolsListChanged: true } },
      { id: "gone" },
    );
    await entered.opened;
    await stream.cancel();
    if (wire.overHttp) await stream.ended;
    else await wire.settle();
    held.open();
    const before = wire.received.length;
    server.tool("new", { handler: () => "" });
    expect((await wire.callTool("new")).toolText).toBe("");
    expect(wire.received.slice(before)).toHaveLength(1);
    if (wire.overHttp) expect(wire.http.handler.load).toMatchObject({ streams: 0, calls: 0 });
  });
});
