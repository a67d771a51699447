import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { type AuthorizationServer, MACHINE, startAuthorizationServer } from "../auth/authorization-server.ts";
import { LEGACY, type Message, MODERN, RawClient } from "./client.ts";
import { RUNTIMES, type RunningRuntime } from "./runtime.ts";

let as: AuthorizationServer;
beforeAll(async () => {
  as = await startAuthorizationServer();
});
afterAll(() => as.close());

const PROGRESS = { progressToken: "token" };

describe.each(RUNTIMES)("$name ($version)", ({ start, sessions, stdio }) => {
  let running: RunningRuntime;
  const modern = () => new RawClient(running.url, MODERN);

  beforeAll(async () => {
    running = await start();
  });
  afterAll(() => running.stop());

  test("tells what the server offers", async () => {
    const client = modern();
    const { supportedVersions, capabilities } = await client.result("server/discover");
    expect(supportedVersions).toContain(MODERN);
    expect(Object.keys(capabilities)).toEqual(expect.arrayContaining(["tools", "resources", "completions"]));
    const { tools } = await client.result("tools/list");
    expect(tools.map(({ name }: { name: string }) => name)).toContain("add");
    expect(tools[0].inputSchema).toMatchObject({ type: "object", properties: { a: { type: "number" } } });
  });

  test("calls a tool", async () => {
    const { structuredContent, content } = await modern().result("tools/call", {
      name: "add",
      arguments: { a: 1, b: 2 },
    });
    expect(structuredContent).toEqual({ sum: 3 });
    expect(JSON.parse(content[0].text)).toEqual({ sum: 3 });
  });

  test("holds arguments to a schema of Zod, and to a raw JSON Schema", async () => {
    const client = modern();
    const wrong = await client.result("tools/call", { name: "add", arguments: { a: "1", b: 2 } });
    expect(wrong).toMatchObject({ isError: true, content: [{ text: expect.stringContaining("a") }] });
    const blue = await client.result("tools/call", { name: "choose", arguments: { color: "blue" } });
    expect(blue).toMatchObject({ isError: true, content: [{ text: expect.stringContaining("color") }] });
    expect(await client.text("choose", { color: "red" })).toBe("red");
  });

  test("streams progress before the result", async () => {
    const reply = await modern().call("count", { to: 20 }, PROGRESS);
    expect(reply.headers.get("content-type")).toMatch(/^text\/event-stream/);
    const messages = await reply.all();
    expect(messages.slice(0, -1).map(({ params }) => params.progress)).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 1),
    );
    expect(messages.at(-1)?.result.content[0].text).toBe("counted");
  });

  test("streams a result that is larger than what may wait for a slow reader", async () => {
    const reply = await modern().call("large", { length: 500_000 }, PROGRESS);
    const messages = await reply.all();
    expect(messages).toHaveLength(2);
    expect(messages[1]?.result.content[0].text).toBe("ü".repeat(500_000));
  });

  test("goes no faster than its client reads", async () => {
    const client = modern();
    const reply = await client.call("flood", { waits: true }, PROGRESS);
    let before = -1;
    await vi.waitFor(
      async () => {
        const { sent } = await flood(client);
        const stands = sent === before;
        before = sent;
        expect(stands).toBe(true);
      },
      { timeout: 10_000, interval: 100 },
    );
    expect(before).toBeLessThan(1500);
    expect(await reply.all()).toHaveLength(2001);
  });

  test("cuts off a client that does not read what nobody waits to send", async () => {
    const client = modern();
    const reply = await client.call("flood", { waits: false }, PROGRESS);
    await vi.waitFor(async () => expect(await flood(client)).toMatchObject({ cut: true }), {
      timeout: 10_000,
      interval: 100,
    });
    expect((await flood(client)).sent).toBeLessThan(1500);
    await expect(reply.all()).rejects.toThrow();
  });

  async function flood(client: RawClient): Promise<{ sent: number; cut: boolean }> {
    return (await client.result("tools/call", { name: "flooded" })).structuredContent;
  }

  test("answers from many calls at once, each with its own", async () => {
    const client = modern();
    const numbers = Array.from({ length: 50 }, (_, index) => index);
    const sums = numbers.map((a) => client.result("tools/call", { name: "add", arguments: { a, b: 1 } }));
    const found = (await Promise.all(sums)).map(({ structuredContent }) => structuredContent.sum);
    expect(found).toEqual(numbers.map((a) => a + 1));
  });

  test("suspends a call on a question, and goes on where it was with the sealed state", async () => {
    const client = modern();
    const { resultType, inputRequests, requestState } = await client.result("tools/call", {
      name: "confirm",
    });
    expect(resultType).toBe("input_required");
    const [[key, question]] = Object.entries<{ params: { message: string } }>(inputRequests) as [
      [string, { params: { message: string } }],
    ];
    const load = /Sure of (.*)\?/.exec(question.params.message)?.[1];
    const inputResponses = { [key]: { action: "accept", content: { sure: true } } };
    const params = { name: "confirm", inputResponses, requestState };
    expect((await client.result("tools/call", params)).content[0].text).toBe(`${load} true`);
    // In its midst, as the last character may hold bits that say nothing.
    const middle = Math.floor(requestState.length / 2);
    const other = requestState[middle] === "A" ? "B" : "A";
    const forgedState = requestState.slice(0, middle) + other + requestState.slice(middle + 1);
    const forged = { ...params, requestState: forgedState };
    await expect(client.result("tools/call", forged)).rejects.toThrow(/requestState/);
  });

  test("stops a call whose client goes away", async () => {
    const client = modern();
    const before = Number(await client.text("stopped"));
    const reply = await client.call("hold", {}, PROGRESS);
    expect((await reply.next())?.method).toBe("notifications/progress");
    reply.cut();
    await vi.waitFor(async () => expect(Number(await client.text("stopped"))).toBe(before + 1), {
      timeout: 5000,
      interval: 50,
    });
  });

  test("tells those that listen of changes, also when another has gone", async () => {
    const client = modern();
    const filter = { notifications: { resourceSubscriptions: ["note:///one"] } };
    const gone = await client.request("subscriptions/listen", filter);
    const stays = await client.request("subscriptions/listen", filter);
    for (const reply of [gone, stays]) {
      expect((await reply.next())?.method).toBe("notifications/subscriptions/acknowledged");
    }
    gone.cut();
    await client.text("touch", { uri: "note:///two" });
    await client.text("touch", { uri: "note:///one" });
    expect(await stays.next()).toMatchObject({
      method: "notifications/resources/updated",
      params: { uri: "note:///one" },
    });
  });

  test("keeps a silent stream alive", async () => {
    const reply = await modern().request("subscriptions/listen", { notifications: {} });
    await reply.next();
    await reply.silence();
    await reply.silence();
  });

  test("keeps what went wrong to itself, and says what is meant for the model", async () => {
    const client = modern();
    const failed = await client.result("tools/call", { name: "fail" });
    expect(failed.isError).toBe(true);
    expect(JSON.stringify(failed)).not.toContain("1234");
    expect(await client.result("tools/call", { name: "refuse" })).toMatchObject({
      isError: true,
      content: [{ text: "No room on that date." }],
    });
  });

  test("refuses foreign pages, and bodies that are too long or no JSON", async () => {
    const client = modern();
    const discover = { jsonrpc: "2.0", id: 1, method: "server/discover" };
    expect((await client.post(discover, { origin: "https://evil.example" })).status).toBe(403);
    expect((await client.post({ text: "x".repeat(200_000) })).status).toBe(413);
    const type = { "content-type": "application/json", accept: "application/json, text/event-stream" };
    const broken = await client.send("POST", type, "{");
    expect(broken.status).toBe(400);
    expect((await broken.answer()).error?.code).toBe(-32700);
    expect(await client.text("choose", { color: "green" })).toBe("green");
  });

  test("knows a token of a real issuer, and one that was changed", async () => {
    const audience = "https://mcp.example.com/mcp";
    const token = await as.tokenOf(MACHINE, { scope: "notes:read", resource: audience });
    const authenticate = { issuer: as.issuer, audience, token };
    const { structuredContent } = await modern().result("tools/call", {
      name: "authenticate",
      arguments: authenticate,
    });
    expect(structuredContent).toEqual({ subject: MACHINE.client_id, scopes: ["notes:read"] });
    const changed = { ...authenticate, token: `${token.slice(0, -8)}AAAAAAAA` };
    const refused = await modern().result("tools/call", { name: "authenticate", arguments: changed });
    expect(refused.isError).toBe(true);
  });

  test("reads and completes templates", async () => {
    const client = modern();
    const { resourceTemplates } = await client.result("resources/templates/list");
    expect(resourceTemplates[0].uriTemplate).toBe("note:///{id}{?from,to}");
    const { contents } = await client.result("resources/read", { uri: "note:///one?from=1&to=2" });
    expect(contents[0].text).toBe("one from 1 to 2");
    const { completion } = await client.result("completion/complete", {
      ref: { type: "ref/resource", uri: "note:///{id}{?from,to}" },
      argument: { name: "id", value: "o" },
    });
    expect(completion.values).toEqual(["one"]);
  });

  test("answers HEAD, and methods that it does not know", async () => {
    const client = modern();
    for (const method of ["HEAD", "PUT"]) expect((await client.send(method, {})).status).toBe(405);
    expect((await client.send("OPTIONS", {})).status).toBe(204);
  });

  if (!sessions) {
    test("serves clients with a handshake without a session", async () => {
      const client = await RawClient.initialized(running.url);
      expect(client.sessionId).toBeUndefined();
      expect(await client.text("choose", { color: "red" })).toBe("red");
      expect((await client.get()).status).toBe(405);
    });
    return;
  }

  describe("with sessions", () => {
    test("asks on the stream of a call, and takes the answer by another request", async () => {
      const client = await RawClient.initialized(running.url);
      const reply = await client.call("confirm");
      const question = await reply.next();
      expect(question?.method).toBe("elicitation/create");
      const result = { action: "accept", content: { sure: true } };
      expect((await client.post({ jsonrpc: "2.0", id: question?.id, result })).status).toBe(202);
      expect((await reply.next())?.result.content[0].text).toMatch(/ true$/);
      expect(await reply.next()).toBeUndefined();
    });

    test("resumes a stream after the last event that the client has", async () => {
      const client = await RawClient.initialized(running.url);
      const reply = await client.call("detach", {}, PROGRESS);
      expect((await reply.all()).map(({ method }) => method)).toEqual(["notifications/progress"]);
      const resumed = await client.get({ "last-event-id": reply.lastEventId });
      const messages = await resumed.all();
      expect(messages).toHaveLength(1);
      expect(messages[0]?.result.content[0].text).toBe("while you were away");
    });

    test("goes on with a call whose connection broke", async () => {
      const client = await RawClient.initialized(running.url);
      const reply = await client.call("confirm");
      const question = await reply.next();
      reply.cut();
      const resumed = await client.get({ "last-event-id": reply.lastEventId });
      await client.post({ jsonrpc: "2.0", id: question?.id, result: { action: "decline" } });
      expect((await resumed.next())?.result.content[0].text).toBe("decline");
    });

    test("tells the listening stream of changes", async () => {
      const client = await RawClient.initialized(running.url);
      await client.result("resources/subscribe", { uri: "note:///one" });
      const stream = await client.get();
      expect(stream.status).toBe(200);
      await client.text("touch", { uri: "note:///two" });
      await client.text("touch", { uri: "note:///one" });
      expect(await stream.next()).toMatchObject({ params: { uri: "note:///one" } });
    });

    test("ends a session, its streams and its calls", async () => {
      const client = await RawClient.initialized(running.url);
      const before = Number(await client.text("stopped"));
      const stream = await client.get();
      const held = await client.call("hold", {}, PROGRESS);
      await held.next();
      expect((await client.delete()).status).toBe(204);
      expect(await stream.next()).toBeUndefined();
      expect((await client.request("tools/list")).status).toBe(404);
      const other = await RawClient.initialized(running.url);
      await vi.waitFor(async () => expect(Number(await other.text("stopped"))).toBe(before + 1));
    });
  });

  if (stdio === undefined) return;

  test("serves over standard input and output", async () => {
    const child = spawn(stdio.command, stdio.args, { stdio: ["pipe", "pipe", "ignore"] });
    onTestFinished(() => void child.kill("SIGKILL"));
    const exited = once(child, "exit");
    const initialize = {
      protocolVersion: LEGACY,
      capabilities: {},
      clientInfo: { name: "raw", version: "1" },
    };
    const add = { name: "add", arguments: { a: 1, b: 2 } };
    for (const [id, method, params] of [
      [1, "initialize", initialize],
      [2, "tools/call", add],
    ]) {
      child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
    }
    child.stdin.end();
    const lines = (await text(child.stdout)).trimEnd().split("\n");
    const messages = lines.map((line) => JSON.parse(line) as Message);
    expect(messages.map(({ id }) => id)).toEqual([1, 2]);
    expect(messages[1]?.result.structuredContent).toEqual({ sum: 3 });
    expect((await exited)[0]).toBe(0);
  });
});
