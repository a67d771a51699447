import { InMemoryClientRequestAdapter, McpServer, type Store, StoreUnavailableError } from "slipway";
import { memoryStore } from "slipway/memory";
import { expect, test } from "vitest";
import { z } from "zod";
import { gate } from "../support/index.ts";
import { machine, SessionClient } from "./machines.ts";

const Sure = z.object({ sure: z.boolean() });

function makeServer(log: string[] = [], name = "fleet") {
  const opened = gate();
  const server = new McpServer({ name, version: "1" });
  server.tool("refund", {
    handler: async (_args, ctx) => {
      await ctx.progress({ progress: 1 });
      await ctx.step("load", () => void log.push("load"));
      const first = await ctx.elicit({ message: "Sure?", schema: Sure });
      await ctx.progress({ progress: 2 });
      await ctx.step("pay", () => void log.push("pay"));
      const second = await ctx.elicit({ message: "Really?", schema: Sure });
      await ctx.step("tell", () => void log.push("tell"));
      return `${first.action} ${second.action}`;
    },
  });
  server.tool("wait", {
    handler: async (_args, ctx) => {
      await ctx.progress({ progress: 1 });
      await opened.opened;
      await ctx.progress({ progress: 2 });
      return ctx.signal.aborted ? "aborted" : "done";
    },
  });
  server.resource("note://1", { handler: () => "text" });
  return { server, opened };
}

/** Machines over one memory. Their answers are routed apart, as between processes. */
function pair(log: string[] = []) {
  const first: Store = memoryStore({ deadAfterMs: 200 });
  const second = { ...(first as ReturnType<typeof memoryStore>).instance() };
  const one = { ...first, clientRequests: new InMemoryClientRequestAdapter() };
  const two = { ...second, clientRequests: new InMemoryClientRequestAdapter() };
  const third = (first as ReturnType<typeof memoryStore>).instance();
  const three = { ...third, clientRequests: new InMemoryClientRequestAdapter() };
  const a = makeServer(log);
  const b = makeServer(log);
  const c = makeServer(log);
  return {
    a: machine(a.server, one),
    b: machine(b.server, two),
    c: machine(c.server, three),
    serverA: a,
    serverB: b,
  };
}

const accept = { action: "accept", content: { sure: true } };

test("a session opened on one machine is usable on another at once", async () => {
  const { a, b } = pair();
  const client = await SessionClient.open(a);
  const { result } = await client.request(b, "tools/list");
  expect(result["tools"]).toHaveLength(2);
});

test("a call whose machine died while it waited goes on where the answer arrives, each step done once", async () => {
  const log: string[] = [];
  const { a, b } = pair(log);
  const client = await SessionClient.open(a);
  const stream = await client.stream(a, "refund", {}, 0);
  expect((await stream.next())?.message.params.progress).toBe(1);
  const question = (await stream.next())?.message;
  expect(question.method).toBe("elicitation/create");
  await stream.cut();
  await a.store.close();
  await new Promise((resolve) => setTimeout(resolve, 300));

  expect(await client.answer(b, question.id, accept)).toBe(202);
  const resumed = await client.get(b, stream.lastId);
  expect((await resumed.next())?.message.params.progress).toBe(2);
  const second = (await resumed.next())?.message;
  expect(second.params.message).toBe("Really?");
  expect(await client.answer(b, second.id, accept)).toBe(202);
  const [end, ...more] = await resumed.rest();
  expect(end?.message.result.content[0].text).toBe("accept accept");
  expect(more).toEqual([]);
  expect(log).toEqual(["load", "pay", "tell"]);
});

test("a call goes on also when the store goes away as a machine takes it over", async () => {
  const log: string[] = [];
  const { a, b } = pair(log);
  const client = await SessionClient.open(a);
  const stream = await client.stream(a, "refund");
  const question = (await stream.next())?.message;
  await stream.cut();
  await a.store.close();
  await new Promise((resolve) => setTimeout(resolve, 300));

  // The store takes the claim, and its reply is lost.
  const claim = b.store.sessions.claimCall?.bind(b.store.sessions);
  let lost = 0;
  b.store.sessions.claimCall = async (...args) => {
    const claimed = await claim?.(...args);
    if (lost++ === 0) throw new StoreUnavailableError("The connection was lost.");
    return claimed;
  };
  expect(await client.answer(b, question.id, accept)).toBe(503);
  expect(await client.answer(b, question.id, accept)).toBe(202);
  const resumed = await client.get(b, stream.lastId);
  const second = (await resumed.next())?.message;
  expect(second.params.message).toBe("Really?");
  expect(await client.answer(b, second.id, accept)).toBe(202);
  expect((await resumed.rest()).at(-1)?.message.result.content[0].text).toBe("accept accept");
  expect(log).toEqual(["load", "pay", "tell"]);
});

test("a question that a machine died over before it could send it is asked by another, once", async () => {
  const log: string[] = [];
  const { a, b } = pair(log);
  const append = a.store.sessions.appendCallEvent?.bind(a.store.sessions);
  let asked = 0;
  // It is never heard of again, as from a process that is gone.
  a.store.sessions.appendCallEvent = (...args) =>
    (args[3] as { method?: string }).method === "elicitation/create" && asked++ === 0
      ? new Promise(() => {})
      : append?.(...args);
  const client = await SessionClient.open(a);
  const stream = await client.stream(a, "refund", {}, 0);
  await stream.next();
  while (asked === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await stream.cut();
  await a.store.close();
  await new Promise((resolve) => setTimeout(resolve, 300));

  const resumed = await client.get(b, stream.lastId);
  const question = (await resumed.next())?.message;
  expect(question.params.message).toBe("Sure?");
  await resumed.cut();
  // Whoever comes back is not asked again.
  const again = await client.get(b, resumed.lastId);
  expect(await client.answer(b, question.id, accept)).toBe(202);
  expect((await again.next())?.message.params.progress).toBe(2);
  const second = (await again.next())?.message;
  expect(second.params.message).toBe("Really?");
  expect(await client.answer(b, second.id, accept)).toBe(202);
  expect((await again.rest()).at(-1)?.message.result.content[0].text).toBe("accept accept");
  expect(log).toEqual(["load", "pay", "tell"]);
});

test("a call that begins while the store is away is kept once that is back", async () => {
  const log: string[] = [];
  const { a, b } = pair(log);
  const begin = a.store.sessions.beginCall?.bind(a.store.sessions);
  let away = 2;
  a.store.sessions.beginCall = async (...args) => {
    if (away-- > 0) throw new StoreUnavailableError("The connection was lost.");
    return begin?.(...args);
  };
  const client = await SessionClient.open(a);
  const stream = await client.stream(a, "refund", {}, 0);
  expect((await stream.next())?.message.params.progress).toBe(1);
  const question = (await stream.next())?.message;
  await stream.cut();
  await a.store.close();
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(await client.answer(b, question.id, accept)).toBe(202);
  const resumed = await client.get(b, stream.lastId);
  await resumed.next();
  expect((await resumed.next())?.message.params.message).toBe("Really?");
  expect(log).toEqual(["load", "pay"]);
});

test("a call that cannot be kept is answered by its machine all the same", async () => {
  const log: string[] = [];
  const { a } = pair(log);
  a.store.sessions.beginCall = () => {
    throw new Error("There are too many calls.");
  };
  const client = await SessionClient.open(a);
  const stream = await client.stream(a, "refund", {}, 0);
  expect((await stream.next())?.message.params.progress).toBe(1);
  for (const message of ["Sure?", "Really?"]) {
    const question = (await stream.next())?.message;
    expect(question.params.message).toBe(message);
    expect(await client.answer(a, question.id, accept)).toBe(202);
    if (message === "Sure?") await stream.next();
  }
  expect((await stream.rest()).at(-1)?.message.result.content[0].text).toBe("accept accept");
});

test("a claim whose reply was lost is found by the machine that made it, wherever the client waits", async () => {
  const { a, b, c } = pair();
  const client = await SessionClient.open(a);
  const stream = await client.stream(a, "wait", {}, 0);
  await stream.next();
  await stream.cut();
  await a.store.close();
  await new Promise((resolve) => setTimeout(resolve, 300));

  const claim = b.store.sessions.claimCall?.bind(b.store.sessions);
  let lost = 0;
  b.store.sessions.claimCall = async (...args) => {
    const claimed = await claim?.(...args);
    if (lost++ === 0) throw new StoreUnavailableError("The connection was lost.");
    return claimed;
  };
  expect((await client.get(b, stream.lastId)).status).toBe(503);
  const resumed = await client.get(c, stream.lastId);
  const [end, ...more] = await resumed.rest();
  expect(end?.message.error.message).toMatch(/instance that served this request is gone/);
  expect(more).toEqual([]);
});

test("a call whose machine died while it worked ends in an error that the client finds on resuming", async () => {
  const { a, b } = pair();
  const client = await SessionClient.open(a);
  const stream = await client.stream(a, "wait", {}, 0);
  await stream.next();
  await stream.cut();
  await a.store.close();
  await new Promise((resolve) => setTimeout(resolve, 300));
  const resumed = await client.get(b, stream.lastId);
  const [end, ...more] = await resumed.rest();
  expect(end?.message.error.message).toMatch(/instance that served this request is gone/);
  expect(more).toEqual([]);
});

test.each(["here", "there"])(
  "a call whose answer could not be kept ends in an error that the client finds on resuming %s",
  async (at) => {
    const { a, b, serverA } = pair();
    const append = a.store.sessions.appendCallEvent?.bind(a.store.sessions);
    a.store.sessions.appendCallEvent = (id, streamId, owner, message, last) => {
      if (last && !JSON.stringify(message).includes("gone")) throw new Error("The disk is full.");
      return append?.(id, streamId, owner, message, last);
    };
    const client = await SessionClient.open(a);
    const stream = await client.stream(a, "wait", {}, 0);
    await stream.next();
    await stream.cut();
    serverA.opened.open();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const resumed = await client.get(at === "there" ? b : a, stream.lastId);
    const [progress, end] = await resumed.rest();
    expect(progress?.message.params.progress).toBe(2);
    expect(end?.message.error.message).toMatch(/instance that served this request is gone/);
  },
);

test("a stream is followed on another machine while its call still runs", async () => {
  const { a, b, serverA } = pair();
  const client = await SessionClient.open(a);
  const stream = await client.stream(a, "wait", {}, 0);
  await stream.next();
  await stream.cut();
  const resumed = await client.get(b, stream.lastId);
  serverA.opened.open();
  const events = await resumed.rest();
  expect(events.map(({ message }) => message.params?.progress ?? message.result.content[0].text)).toEqual([
    2,
    "done",
  ]);
});

test("DELETE on one machine ends the session's streams and calls on all", async () => {
  const { a, b, serverA } = pair();
  const client = await SessionClient.open(a);
  const listening = await client.get(a);
  const stream = await client.stream(a, "wait", {}, 0);
  await stream.next();
  expect(await client.delete(b)).toBe(204);
  expect(await listening.rest()).toEqual([]);
  serverA.opened.open();
  expect(await stream.rest()).toEqual([]);
  expect((await client.post(a, { id: 9, method: "ping" })).status).toBe(404);
});

test("a change on one machine reaches a client that listens on another, once", async () => {
  const { a, b, serverB } = pair();
  const client = await SessionClient.open(a);
  const listening = await client.get(a);
  await client.request(b, "resources/subscribe", { uri: "note://1" });
  serverB.server.notify("notifications/resources/updated", { uri: "note://1" });
  expect((await listening.next())?.message.params.uri).toBe("note://1");
  serverB.server.tool("new", { handler: () => "new" });
  expect((await listening.next())?.message.method).toBe("notifications/tools/list_changed");
});

test("a session, a stream and a question exist for their principal only, on every machine", async () => {
  const { a, b } = pair();
  const ada = { subject: "ada", tenant: "x" };
  const client = await SessionClient.open(a, ada);
  const stream = await client.stream(a, "refund", {}, 0);
  await stream.next();
  await stream.next();
  const thief = Object.assign(await SessionClient.open(b, { subject: "bob", tenant: "x" }), {
    id: client.id,
  });
  expect((await thief.get(b, stream.lastId)).status).toBe(404);
  expect((await thief.post(b, { id: 1, method: "tools/list" })).status).toBe(404);
  expect(await thief.delete(b)).toBe(404);
});

test("a change right after a subscription on one machine reaches the client that listens on another", async () => {
  const { a, b, serverA } = pair();
  const client = await SessionClient.open(a);
  const listening = await client.get(b);
  // The other machine learns of the subscription late: its bell takes a while, and so does the look.
  const publish = a.store.bus.publish.bind(a.store.bus);
  a.store.bus.publish = async (message) => {
    if (message["bell"] === "state") await new Promise((resolve) => setTimeout(resolve, 50));
    await publish(message);
  };
  const get = b.store.sessions.get.bind(b.store.sessions);
  b.store.sessions.get = async (id) => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    return get(id);
  };
  await client.request(a, "resources/subscribe", { uri: "note://1" });
  serverA.server.notify("notifications/resources/updated", { uri: "note://1" });
  expect((await listening.next())?.message).toMatchObject({
    method: "notifications/resources/updated",
    params: { uri: "note://1" },
  });
});
