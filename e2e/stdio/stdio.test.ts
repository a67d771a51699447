import { describe, expect, test } from "vitest";
import { LEGACY, MODERN, Pipe } from "./pipe.ts";

const REVISIONS = [LEGACY, MODERN];
const MIB = 1024 * 1024;

describe.each(REVISIONS)("standard output in %s", (revision) => {
  test(`what the program writes there goes to standard error [${revision}/stdio/stdout-is-for-messages]`, async () => {
    const pipe = await Pipe.open(revision);
    expect(await pipe.tool("noisy")).toBe("quiet");
    expect(await pipe.tool("echo", { text: "still here" })).toBe("still here");
    pipe.end();
    expect(await pipe.exit()).toBe(0);
    expect(pipe.garbage).toEqual([]);
    const said = pipe.said.all.join("\n");
    for (const way of ["log", "info", "dir", "table"]) expect(said).toContain(`console.${way}`);
    for (const way of ["write", "write with a callback", "end"]) expect(said).toContain(`from stdout.${way}`);
  });

  test(`messages hold no line breaks, whatever is in them [${revision}/stdio/no-embedded-newlines]`, async () => {
    const pipe = await Pipe.open(revision);
    const { result } = await pipe.answer(pipe.call("strange"));
    expect(JSON.parse(result.content[0].text)).toEqual({ "line\nbreak": "a\nb\r\nc\u2028d\u2029e" });
    expect((await pipe.answer(pipe.call("no\nsuch\r\ntool\u2028"))).error?.message).toContain("no\nsuch");
    expect((await pipe.answer(pipe.call("fail"))).result.isError).toBe(true);
    expect(pipe.garbage).toEqual([]);
  });

  test("a client that ignores standard error makes nothing grow", async () => {
    const pipe = await Pipe.open(revision);
    pipe.process.stderr.pause();
    expect(Number(await pipe.tool("gossip", { lines: 20_000 }))).toBeLessThan(1.1 * MIB);
  });

  test("a client that closes standard error is served", async () => {
    const pipe = await Pipe.open(revision);
    pipe.process.stderr.destroy();
    expect(await pipe.tool("noisy")).toBe("quiet");
    expect(await pipe.tool("noisy")).toBe("quiet");
    pipe.end();
    expect(await pipe.exit()).toBe(0);
  });
});

describe.each(REVISIONS)("messages in %s", (revision) => {
  test("several requests are served at once, and answered as they end", async () => {
    const pipe = await Pipe.open(revision);
    const first = pipe.call("hold", { key: "first" });
    const second = pipe.call("hold", { key: "second" });
    expect(await pipe.tool("echo", { text: "meanwhile" })).toBe("meanwhile");
    await pipe.tool("release", { key: "second" });
    expect(await pipe.text(second)).toBe("released");
    expect(pipe.messages.all.some(({ id }) => id === first)).toBe(false);
    await pipe.tool("release", { key: "first" });
    expect(await pipe.text(first)).toBe("released");
  });

  test("a request beyond maxCalls is refused, until another has ended", async () => {
    const pipe = await Pipe.open(revision, { maxCalls: 2 });
    const first = pipe.call("hold", { key: "first" });
    pipe.call("hold", { key: "second" });
    const { error } = await pipe.answer(pipe.call("echo", { text: "third" }));
    expect(error).toMatchObject({ code: -32600, message: expect.stringContaining("2 requests") });
    pipe.write({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: first } });
    await pipe.says("aborted first");
    expect(await pipe.tool("echo", { text: "now" })).toBe("now");
  });

  test("messages of 20 MB go both ways", async () => {
    const pipe = await Pipe.open(revision);
    const length = 10 * MIB;
    expect(await pipe.tool("length", { text: "ü".repeat(length) })).toBe(String(length));
    expect(await pipe.tool("large", { length })).toBe("ü".repeat(length));
  });

  test("messages may come in pieces, cut anywhere", async () => {
    const pipe = await Pipe.open(revision);
    const texts = ["a", "ü", "€", "😀", "e\u0301 👩‍👩‍👧"];
    const requests = texts.map((text) => pipe.request("tools/call", { name: "echo", arguments: { text } }));
    const bytes = Buffer.from(requests.map((request) => `${JSON.stringify(request)}\n`).join(""));
    for (const byte of bytes) {
      pipe.write(Uint8Array.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    for (const [index, { id }] of requests.entries()) expect(await pipe.text(id)).toBe(texts[index]);
  });

  test("lines may end with CRLF, and empty ones are skipped", async () => {
    const pipe = await Pipe.open(revision);
    const request = pipe.request("tools/call", { name: "echo", arguments: { text: "hello" } });
    pipe.write(Buffer.from(`\r\n\n  \n${JSON.stringify(request)}\r\n\r\n`));
    expect(await pipe.text(request.id)).toBe("hello");
    expect(pipe.messages.all.filter(({ error }) => error !== undefined)).toEqual([]);
  });

  test("the last message needs no line break", async () => {
    const pipe = await Pipe.open(revision);
    const request = pipe.request("tools/call", { name: "echo", arguments: { text: "hello" } });
    pipe.write(Buffer.from(JSON.stringify(request)));
    pipe.end();
    expect(await pipe.text(request.id)).toBe("hello");
    expect(await pipe.exit()).toBe(0);
  });

  const nested = "[".repeat(21) + "]".repeat(21);
  test.each([
    ["is too long", `{"jsonrpc":"2.0","id":1,"method":"${"x".repeat(2000)}"}`, -32600, "2000 bytes"],
    [
      "nests too deep",
      `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":${nested}}}`,
      -32600,
      "20 levels",
    ],
    ["is not JSON", `{"jsonrpc":"2.0",`, -32700, "not JSON"],
    ["is not UTF-8", Buffer.from([0x22, 0xc3, 0x28, 0x22, 0x0a]), -32700, "UTF-8"],
    ["is not an object", "42", -32600, "JSON-RPC"],
    ["is a batch", `[{"jsonrpc":"2.0","id":1,"method":"ping"}]`, -32600, "one message"],
  ])("a line that %s is refused, and the next one served", async (_what, line, code, message) => {
    const pipe = await Pipe.open(revision, { maxMessageBytes: 2000, maxDepth: 20 });
    pipe.write(line);
    const { error } = await pipe.messages.first(({ error }) => error !== undefined);
    expect(error).toEqual({ code, message: expect.stringContaining(message) });
    expect(await pipe.tool("echo", { text: "next" })).toBe("next");
  });
});

describe("cancellation", () => {
  test.each(REVISIONS)("the client cancels a call in %s", async (revision) => {
    await cancels(revision);
  });

  test(`a cancelled call stops, and nothing more is said for it [${MODERN}/stdio/cancellation-stops-work] [${MODERN}/stdio/cancellation-silences]`, async () => {
    await cancels(MODERN);
  });

  async function cancels(revision: string): Promise<void> {
    const pipe = await Pipe.open(revision);
    const id = pipe.call(
      "hold",
      { key: "held" },
      { progressToken: "token", "io.modelcontextprotocol/logLevel": "debug" },
    );
    await pipe.says("holds held");
    pipe.write({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: id } });
    const after = pipe.messages.all.length;
    await pipe.says("aborted held");
    expect(await pipe.tool("echo", { text: "after" })).toBe("after");
    expect(await pipe.tool("echo", { text: "after that" })).toBe("after that");
    expect(pipe.messages.all.slice(after)).toHaveLength(2);
  }
});

describe("questions to the client", () => {
  test("in 2025-11-25 they are requests, and the answers responses", async () => {
    const pipe = await Pipe.open(LEGACY);
    const call = pipe.call("ask");
    const question = await pipe.messages.first(({ method }) => method === "elicitation/create");
    expect(question.params.message).toBe("Sure?");
    const result = { action: "accept", content: { sure: true } };
    pipe.write({ jsonrpc: "2.0", id: question.id, result });
    expect(await pipe.text(call)).toBe("sure: true");
  });

  test(`in 2026-07-28 they are results, and no line is a request [${MODERN}/stdio/no-requests]`, async () => {
    const pipe = await Pipe.open(MODERN);
    const { result } = await pipe.answer(pipe.call("ask_all"));
    expect(result.resultType).toBe("input_required");
    const answers: { [method: string]: object } = {
      "elicitation/create": { action: "decline" },
      "sampling/createMessage": { role: "assistant", content: { type: "text", text: "!" }, model: "m" },
      "roots/list": { roots: [] },
    };
    const inputResponses = Object.fromEntries(
      Object.entries<{ method: string }>(result.inputRequests).map(([key, ask]) => [
        key,
        answers[ask.method],
      ]),
    );
    const { requestState } = result;
    const params = { name: "ask_all", arguments: {}, inputResponses, requestState };
    expect(await pipe.text(pipe.send("tools/call", params))).toBe("decline,m,0");
    expect(pipe.messages.all.filter(({ id, method }) => id !== undefined && method !== undefined)).toEqual(
      [],
    );
  });
});

describe.each(REVISIONS)("when the client closes the pipe in %s", (revision) => {
  test("the server exits with code 0", async () => {
    const pipe = await Pipe.open(revision);
    pipe.end();
    expect(await pipe.exit()).toBe(0);
    expect(pipe.said.all).toContain("<closed>");
  });

  test("it exits also when something would keep the process alive", async () => {
    const pipe = await Pipe.open(revision, { alive: true });
    pipe.end();
    expect(await pipe.exit()).toBe(0);
    expect(pipe.said.all).toContain("<closed>");
  });

  test("running calls end and are answered before", async () => {
    const pipe = await Pipe.open(revision);
    const calls = [pipe.call("pause", { ms: 100 }), pipe.call("large", { length: 4 * MIB })];
    pipe.end();
    expect(await pipe.text(calls[0]!)).toBe("rested");
    expect(await pipe.text(calls[1]!)).toHaveLength(4 * MIB);
    expect(await pipe.exit()).toBe(0);
  });

  test("it waits until its last answers are read, as long as it may", async () => {
    const pipe = await Pipe.open(revision, { alive: true, graceMs: 60_000 });
    pipe.pause();
    const call = pipe.call("large", { length: 4 * MIB });
    pipe.end();
    await pipe.says("large");
    // Twice the time that a process has after the server has ended.
    const later = new Promise((resolve) => setTimeout(resolve, 1000, "still there"));
    expect(await Promise.race([pipe.exit(), later])).toBe("still there");
    pipe.resume();
    expect(await pipe.text(call)).toHaveLength(4 * MIB);
    expect(await pipe.exit()).toBe(0);
  });

  test("a call that waits for the client's answer stops at once", async () => {
    const pipe = await Pipe.open(LEGACY, { graceMs: 60_000 });
    pipe.call("ask");
    await pipe.says("asks");
    pipe.end();
    expect(await pipe.exit()).toBe(0);
  });

  test("a call that does not end is left after the grace period", async () => {
    const pipe = await Pipe.open(revision, { graceMs: 100 });
    pipe.call("stubborn");
    await pipe.says("stubborn");
    pipe.end();
    expect(await pipe.exit()).toBe(0);
  });

  test("a client that does not read does not keep the server", async () => {
    const pipe = await Pipe.open(revision, { graceMs: 100, maxBufferedBytes: MIB });
    pipe.pause();
    for (let i = 0; i < 8; i++) pipe.call("large", { length: MIB });
    pipe.end();
    expect(await pipe.exit()).toBe(0);
  });
});

test(`with an open call and an open listen the server exits, too [${MODERN}/stdio/exits-on-end-of-input]`, async () => {
  const pipe = await Pipe.open(MODERN, { graceMs: 200 });
  pipe.send("subscriptions/listen", { notifications: { toolsListChanged: true } });
  await pipe.messages.first(({ method }) => method === "notifications/subscriptions/acknowledged");
  pipe.call("stubborn");
  await pipe.says("stubborn");
  pipe.end();
  expect(await pipe.exit()).toBe(0);
});

describe.each(["SIGTERM", "SIGINT"] as const)("on %s", (signal) => {
  test("running calls end, further requests are refused, and the server exits with code 0", async () => {
    const pipe = await Pipe.open(MODERN, { alive: true });
    const held = pipe.call("hold", { key: "held" });
    const listen = pipe.send("subscriptions/listen", { notifications: { toolsListChanged: true } });
    await pipe.says("holds held");
    pipe.process.kill(signal);
    expect((await pipe.answer(listen)).result.resultType).toBe("complete");
    expect(await pipe.answer(pipe.call("echo", { text: "late" }))).toMatchObject({
      error: { code: -32600, message: expect.stringContaining("shutting down") },
    });
    pipe.write({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: held } });
    await pipe.says("aborted held");
    expect(await pipe.exit()).toBe(0);
  });

  test("the answers of the client are still taken", async () => {
    const pipe = await Pipe.open(LEGACY, { graceMs: 60_000 });
    const call = pipe.call("ask");
    const question = await pipe.messages.first(({ method }) => method === "elicitation/create");
    pipe.process.kill(signal);
    await expect.poll(() => refuses(pipe)).toBe(true);
    pipe.write({ jsonrpc: "2.0", id: question.id, result: { action: "decline" } });
    expect(await pipe.text(call)).toBe("decline");
    expect(await pipe.exit()).toBe(0);
  });

  test("calls that do not end are left after the grace period", async () => {
    const pipe = await Pipe.open(MODERN, { graceMs: 100 });
    const call = pipe.call("stubborn");
    await pipe.says("stubborn");
    pipe.process.kill(signal);
    expect(await pipe.answer(call)).toMatchObject({
      error: { code: -32603, message: expect.stringContaining("is gone") },
    });
    expect(await pipe.exit()).toBe(0);
  });

  test("a second signal ends the process at once", async () => {
    const pipe = await Pipe.open(MODERN, { graceMs: 60_000 });
    pipe.call("stubborn");
    await pipe.says("stubborn");
    pipe.process.kill("SIGTERM");
    await expect.poll(() => refuses(pipe)).toBe(true);
    pipe.process.kill(signal);
    expect(await pipe.exit()).toBe(signal);
  });

  /** Whether the server has heard the signal. */
  async function refuses(pipe: Pipe): Promise<boolean> {
    return (await pipe.answer(pipe.call("echo", { text: "?" }))).error !== undefined;
  }
});

describe.each(REVISIONS)("a client that does not read in %s", (revision) => {
  test("is not read from either, so that its answers do not pile up", async () => {
    const pipe = await Pipe.open(revision, { maxBufferedBytes: 4 * MIB });
    pipe.pause();
    const call = { name: "large", arguments: { length: MIB / 2 } };
    const requests = Array.from({ length: 100 }, () => pipe.request("tools/call", call));
    // All at once, so that nothing but the answers can hold the server back.
    pipe.write(Buffer.from(requests.map((request) => `${JSON.stringify(request)}\n`).join("")));
    await pipe.says("large");
    pipe.resume();
    for (const { id } of requests) expect(await pipe.text(id)).toHaveLength(MIB / 2);
    // The bound, and what a few calls that had begun before it was reached have answered.
    expect(Number(await pipe.tool("most"))).toBeLessThan(4 * MIB + 20 * (MIB / 2));
  });

  test("misses progress that nobody waits to send, and nothing else", async () => {
    const pipe = await Pipe.open(revision, { maxBufferedBytes: MIB });
    pipe.pause();
    const flood = { messages: 20_000, length: 1000, waits: false };
    const call = pipe.call("flood", flood, { progressToken: "token" });
    const said = await pipe.says(/flooded/);
    expect(Number(/\d+/.exec(said)?.[0])).toBeLessThan(1.1 * MIB);
    pipe.resume();
    expect(await pipe.text(call)).toBe("flooded");
    expect(await pipe.tool("echo", { text: "next" })).toBe("next");
  });

  test("slows a handler that waits for its progress to be read", async () => {
    const pipe = await Pipe.open(revision);
    pipe.pause();
    const flood = { messages: 2000, length: 1000, waits: true };
    const call = pipe.call("flood", flood, { progressToken: "token" });
    await pipe.says("floods");
    pipe.resume();
    expect(await pipe.text(call)).toBe("flooded");
    const said = await pipe.says(/flooded/);
    expect(Number(/\d+/.exec(said)?.[0])).toBeLessThan(MIB / 4);
    const progress = pipe.messages.all.filter(({ method }) => method === "notifications/progress");
    expect(progress.map(({ params }) => params.progress)).toEqual(
      Array.from({ length: 2000 }, (_, i) => i + 1),
    );
  });

  test("is told of equal changes once when it reads again", async () => {
    const pipe = await Pipe.open(revision, { maxBufferedBytes: MIB });
    if (revision === LEGACY) await pipe.answer(pipe.send("resources/subscribe", { uri: "test:watched" }));
    else {
      pipe.send("subscriptions/listen", { notifications: { resourceSubscriptions: ["test:watched"] } });
      await pipe.messages.first(({ method }) => method === "notifications/subscriptions/acknowledged");
    }
    pipe.pause();
    const call = pipe.call("publish", { times: 50_000 });
    const said = await pipe.says(/published/);
    expect(Number(/\d+/.exec(said)?.[0])).toBeLessThan(1.1 * MIB);
    pipe.resume();
    expect(await pipe.text(call)).toBe("published");
    // The one that waited comes after the answer.
    await pipe.messages.first(
      (message) =>
        message.method === "notifications/resources/updated" &&
        pipe.messages.all.indexOf(message) > pipe.messages.all.findIndex(({ id }) => id === call),
    );
    expect(await pipe.tool("echo", { text: "next" })).toBe("next");
  });
});

describe.each(REVISIONS)("a client that closes the server's output in %s", (revision) => {
  test("ends the server, whatever is going on", async () => {
    const pipe = await Pipe.open(revision, { graceMs: 60_000, alive: true });
    pipe.call("stubborn");
    pipe.call("hold", { key: "held" });
    await pipe.says("holds held");
    pipe.process.stdout.destroy();
    for (let i = 0; i < 3; i++) pipe.call("echo", { text: "into the void" });
    await pipe.says("aborted held");
    expect(await pipe.exit()).toBe(0);
  });
});

describe("subscriptions", () => {
  test("end in good order when the client closes the pipe", async () => {
    const pipe = await Pipe.open(MODERN);
    const id = pipe.send("subscriptions/listen", { notifications: { toolsListChanged: true } });
    await pipe.messages.first(({ method }) => method === "notifications/subscriptions/acknowledged");
    pipe.end();
    expect(await pipe.exit()).toBe(0);
    const [cancelled, result] = pipe.messages.all.slice(-2);
    expect(cancelled).toMatchObject({ method: "notifications/cancelled", params: { requestId: id } });
    expect(result).toMatchObject({
      id,
      result: { resultType: "complete", _meta: { "io.modelcontextprotocol/subscriptionId": id } },
    });
  });
});
