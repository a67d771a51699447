import { expect, test } from "vitest";
import { http, INITIALIZE, LEGACY_HEADERS, legacy, modern, ServerProcess } from "./process.ts";
import type { Holdings } from "./server.ts";

const MB = 1024 * 1024;
const MINUTE = 60_000;

/** Prints what was held, one line for each moment. */
function report(what: string, moments: { readonly [moment: string]: Holdings }): void {
  const lines = Object.entries(moments).map(([moment, { memory, ...counts }]) => {
    const numbers = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
    return `  ${moment}: ${(memory / MB).toFixed(1)} MB, ${numbers.join(", ")}`;
  });
  console.log(`${what}\n${lines.join("\n")}`);
}

const NOTHING = { streams: 0, calls: 0, pending: 0, liveSessions: 0, eventStreams: 0, timers: 0 };

/** Whether a server holds nothing any more but what it began with. */
function expectReturned(start: Holdings, end: Holdings, growth = 5 * MB): void {
  expect(end).toMatchObject(NOTHING);
  expect(end.memory).toBeLessThan(start.memory + growth);
}

test("100,000 calls leave nothing", async () => {
  const server = await ServerProcess.start();
  const start = await server.perform({ do: "call", times: 1000 });
  const end = await server.perform({ do: "call", times: 100_000 });
  report("100,000 calls", { start, end });
  expectReturned(start, end);
});

test("100,000 sessions that are opened and left go when they expire", async () => {
  const server = await ServerProcess.start();
  const open = async (sessions: number, overSockets: number) => {
    await server.visits(overSockets, () => server.visit(INITIALIZE, /mcp-session-id/i));
    return server.perform({ do: "open", sessions: sessions - overSockets });
  };
  await open(1000, 100);
  await server.perform({ do: "wait", ms: 30 * MINUTE });
  const start = await open(1, 0);
  const full = await open(100_000, 1000);
  await server.perform({ do: "wait", ms: 30 * MINUTE });
  const end = await open(1, 0);
  report("100,000 sessions", { start, full, end });
  expect(full.sessions).toBe(100_001);
  expect(full.memory - start.memory).toBeLessThan(100_000 * 2048);
  expect(end.sessions).toBe(1);
  expectReturned(start, end, 10 * MB);
});

test("10,000 streams that their clients cut leave nothing", async () => {
  const server = await ServerProcess.start();
  const filter = { resourceSubscriptions: ["test:watched"], toolsListChanged: true };
  const listen = modern("subscriptions/listen", { notifications: filter });
  const work = modern("tools/call", { name: "work", arguments: {} });
  const get = (id: string | undefined) => http("GET", { "mcp-session-id": id, ...LEGACY_HEADERS });
  const cut = async (tenth: number) => {
    const [one, ...each] = await server.open(1 + tenth);
    await server.visits(4 * tenth, () => server.visit(listen, /acknowledged/));
    await server.visits(2 * tenth, () => server.visit(work, /progress/));
    // No more at once than one session may have.
    await server.visits(3 * tenth, () => server.visit(get(one), /retry/), 20);
    await server.visits(tenth, (index) => server.visit(get(each[index]), /retry/));
    return server.settled(({ streams, calls, connections }) => streams + calls + connections === 0);
  };
  await cut(100);
  const start = await server.perform({ do: "wait", ms: 60 * MINUTE });
  const left = await cut(1000);
  const end = await server.perform({ do: "wait", ms: 60 * MINUTE });
  report("10,000 streams", { start, left, end });
  expect(left).toMatchObject({ streams: 0, calls: 0, connections: 0, aborted: 2200 });
  // Clients may come back: for the one stream of their session, or for so many of them.
  expect(left.eventStreams).toBeLessThanOrEqual(1000 + 32);
  expectReturned(start, end);
});

test("3,000 calls that are cancelled in the midst of their work leave nothing", async () => {
  const server = await ServerProcess.start();
  const [session] = await server.open(1);
  const cancel = async (id: number) => {
    const params = { name: "work", arguments: {}, _meta: { progressToken: id } };
    const cancelled = { method: "notifications/cancelled", params: { requestId: id } };
    const reply = await server.stay(legacy(session, { id, method: "tools/call", params }), /progress/, () =>
      server.visit(legacy(session, cancelled), /202/),
    );
    expect(reply).not.toContain("stopped");
  };
  await server.visits(300, cancel, 20);
  const start = await server.settled(({ connections }) => connections === 0);
  await server.visits(3000, cancel, 20);
  await server.settled(({ connections }) => connections === 0);
  const end = await server.perform({ do: "wait", ms: 60 * MINUTE });
  report("3,000 cancelled calls", { start, end });
  expect(end.aborted).toBe(3300);
  expectReturned(start, end);
});

test("2,000 questions that are never answered go when their time is over", async () => {
  const server = await ServerProcess.start();
  const call = { id: 2, method: "tools/call", params: { name: "ask", arguments: {} } };
  const ask = async (questions: number) => {
    const sessions = await server.open(questions);
    const asked = (index: number) => server.visit(legacy(sessions[index], call), /elicitation\/create/);
    await server.visits(questions, asked);
    return server.settled(({ connections }) => connections === 0);
  };
  await ask(200);
  const start = await server.perform({ do: "wait", ms: 60 * MINUTE });
  const waiting = await ask(2000);
  const end = await server.perform({ do: "wait", ms: 60 * MINUTE });
  report("2,000 questions", { start, waiting, end });
  expect(waiting).toMatchObject({ pending: 2000, calls: 2000, streams: 0 });
  expectReturned(start, end);
});

test("slow readers are cut off, and leave nothing", async () => {
  const server = await ServerProcess.start();
  const flood = modern("tools/call", { name: "flood", arguments: {} });
  await server.visits(20, () => server.visit(flood, /progress/));
  const start = await server.settled(({ connections }) => connections === 0);
  await Promise.all(Array.from({ length: 100 }, () => server.ignore(flood)));
  let most = start;
  const end = await server.settled((holdings) => {
    if (holdings.memory > most.memory) most = holdings;
    return holdings.calls + holdings.connections === 0 && holdings.aborted === 120;
  });
  report("100 slow readers", { start, most, end });
  // What waits for each is at most 256 KiB and a message, and the rest of it garbage.
  expect(most.memory - start.memory).toBeLessThan(100 * MB);
  expectReturned(start, end);
});
