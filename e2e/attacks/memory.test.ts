import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { ReportingProcess } from "../support/reporting-process.ts";
import { median, holdingsOf as settled } from "./afterwards.ts";
import { bearer, http, initialize, legacy, modern, tool } from "./requests.ts";
import type { SmallCommand, SmallHoldings, SmallPorts } from "./small-server.ts";
import { type Answer, type Bytes, exchange, exchangeAll, Raw } from "./wire.ts";

const MIB = 1024 * 1024;
/** The server ends when its heap becomes larger. */
const HEAP_MIB = 64;
/** As large as a body may be, nearly. */
const PAD = "x".repeat(60_000);
/** So many of these do not go into the heap. */
const MANY = 1_200;
/** How many connections send at once. */
const SENDERS = 25;

vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

let small: ReportingProcess<SmallPorts, SmallCommand, SmallHoldings>;
let before: SmallHoldings;
let usual: number;
let refused = 0;
let attempts = 0;

beforeAll(async () => {
  small = await ReportingProcess.start(new URL("small-server.ts", import.meta.url), HEAP_MIB);
  usual = await usualCall();
  before = await settled({ measure });
});

afterAll(() => small.kill());

const port = () => small.hello.port;
const good = () => tool("echo", { text: "a" }, bearer("good"));
/** Lets time pass for what is kept. */
const skip = (ms: number) => small.perform({ do: "skip", ms });
const legacyGet = (session: string, name: string) =>
  http("GET", [["Accept", "text/event-stream"], ["Mcp-Session-Id", session], ...bearer(name)]);
const measure = () => small.perform({ do: "measure" });

/** How long a good client's call takes usually, in milliseconds. */
async function usualCall(): Promise<number> {
  const times: number[] = [];
  for (let call = 0; call < 200; call++) {
    const begun = performance.now();
    await expectGood();
    times.push(performance.now() - begun);
  }
  return median(times);
}

async function expectGood(): Promise<void> {
  expect((await exchange(port(), good())).messages[0]?.["result"].content[0].text).toBe("a");
}

/** Sends requests by few connections, one after the other; gives the answers. */
async function sendMany(count: number, bytes: (index: number) => Bytes): Promise<Answer[]> {
  const each = Math.ceil(count / SENDERS);
  const lists = Array.from({ length: SENDERS }, (_, sender) =>
    exchangeAll(
      port(),
      Array.from({ length: each }, (_, nth) => bytes(sender * each + nth)),
    ),
  );
  return (await Promise.all(lists)).flat();
}

/** Sends each request on a connection of its own, which stays open. Those that are refused are told so. */
async function openMany(count: number, bytes: (index: number) => Bytes, to = port()): Promise<Raw[]> {
  const all: Raw[] = [];
  for (let at = 0; at < count; at += 100) {
    const some = Array.from({ length: Math.min(100, count - at) }, (_, nth) =>
      new Raw(to).send(bytes(at + nth)),
    );
    await Promise.all(some.map((raw) => raw.connected()));
    all.push(...some);
  }
  return all;
}

const statusOf = (raw: Raw) => Number(raw.text.slice(9, 12));

/** There is room for so many of these, and all others are turned away; when they have gone, a good client is served. */
async function expectRoomFor(
  room: number,
  status: number,
  raws: readonly Raw[],
  afterwards: () => Promise<unknown> = async () => {},
): Promise<void> {
  attempts += raws.length;
  const turnedAway = () => raws.filter((raw) => statusOf(raw) === status).length;
  try {
    await expect.poll(turnedAway, { timeout: 120_000 }).toBe(raws.length - room);
    refused += turnedAway();
  } finally {
    for (const raw of raws) raw.close();
    await afterwards();
  }
  await settled({ measure });
  await expectGood();
}

/** So many were taken, and all others refused in one and the same way. */
async function expectTaken(room: number, refusal: RegExp, answers: readonly Answer[]): Promise<void> {
  attempts += answers.length;
  const failed = answers.filter(({ messages }) => !taken(messages.at(-1)));
  refused += failed.length;
  expect(answers.length - failed.length).toBe(room);
  for (const { body } of failed) expect(body).toMatch(refusal);
  await expectGood();
}

const taken = (message: Answer["messages"][number] | undefined) =>
  message?.["result"] !== undefined && message["result"].isError !== true;

/** A session of a principal that is ready. */
async function openSession(name: string): Promise<string> {
  const { head } = await exchange(port(), legacy(undefined, initialize(), bearer(name)));
  const [, id = ""] = /^mcp-session-id: (.*)$/im.exec(head) ?? [];
  await exchange(port(), legacy(id, { method: "notifications/initialized" }, bearer(name)));
  return id;
}

/** What its calls asked, nobody waits for any more. */
const end = (session: string) =>
  exchange(port(), http("DELETE", [["Mcp-Session-Id", session], ...bearer("ada")]));

const call = (session: string, id: number, name: string, more: object = {}) =>
  legacy(
    session,
    { id, method: "tools/call", params: { name, arguments: { pad: PAD }, ...more } },
    bearer("ada"),
  );

const opening = initialize(undefined, { clientInfo: { name: "x", version: "1", title: PAD } });

test("sessions without end, each with as much of its client as a body holds: one caller's, and all", async () => {
  const all = (who: (index: number) => string) =>
    sendMany(MANY, (index) => legacy(undefined, opening, bearer(who(index))));
  await expectTaken(150, /No more sessions can be opened now/, await all(() => "ada"));
  await expectTaken(50, /No more sessions can be opened now/, await all((index) => `eve${index}`));
  expect((await measure()).sessions).toBe(200);
  await skip(31 * 60_000);
});

test("calls without end, with as much as a body holds", async () => {
  const hold = tool("hold", { pad: PAD }, bearer("ada"));
  await expectRoomFor(100, 503, await openMany(MANY, () => hold));
});

test("subscriptions without end, to as long a name as there is: one caller's, and all", async () => {
  const resourceSubscriptions = [`test://item/${"x".repeat(8_000)}`];
  const listen = (name: string) =>
    modern("subscriptions/listen", { notifications: { resourceSubscriptions } }, bearer(name));
  await expectRoomFor(100, 429, await openMany(MANY, () => listen("ada")));
  await expectRoomFor(150, 503, await openMany(MANY, (index) => listen(`eve${index}`)));
});

test("streams without end, of one session", async () => {
  const session = await openSession("ada");
  const get = legacyGet(session, "ada");
  await expectRoomFor(32, 429, await openMany(MANY, () => get));
});

test("questions without end, as long as a body is", async () => {
  const session = await openSession("ada");
  const raws = await openMany(MANY, (index) => call(session, index, "ask"));
  await expectRoomFor(100, 503, raws, () => end(session));
});

test("tasks without end, with as much as a body holds", async () => {
  const session = await openSession("ada");
  const answers = await sendMany(MANY, (index) => call(session, index, "work", { task: {} }));
  await expectTaken(100, /No more tasks can be run here now/, answers);
  const ids = answers.flatMap(({ messages }) => messages[0]?.["result"]?.task?.taskId ?? []);
  for (const taskId of ids) {
    await exchange(
      port(),
      legacy(session, { id: 1, method: "tasks/cancel", params: { taskId } }, bearer("ada")),
    );
  }
  await skip(61_000);
});

test("handles without end, each with as much as a body holds", async () => {
  const answers = await sendMany(MANY, () => tool("draft", { pad: PAD }, bearer("ada")));
  await expectTaken(34, /Internal error/, answers);
  await skip(24 * 60 * 60_000);
});

test("events without end, which nobody comes back for", async () => {
  const sessions = await Promise.all(Array.from({ length: 50 }, () => openSession("ada")));
  const answers = await sendMany(MANY, (index) => call(sessions[index % 50] as string, index, "tell"));
  await expectTaken(answers.length, /never/, answers);
  await skip(31 * 60_000);
});

test("bodies of which nearly all has come", async () => {
  const most = tool("hold", { pad: PAD }, bearer("ada")).subarray(0, -5);
  const raws = await openMany(MANY, () => most, small.hello.hasty);
  attempts += raws.length;
  await expectGood();
  await Promise.all(raws.map((raw) => raw.closed()));
  // Those that still send while they are cut off lose what they were told.
  for (const raw of raws) expect(raw.text.split("\r\n")[0]).toMatch(/^(HTTP\/1\.1 408 Request Timeout)?$/);
  refused += raws.length;
  await expectGood();
});

test("after all of them it holds what it held before", async () => {
  const after = await settled({ measure });
  const shown = ({ memory, ...counts }: SmallHoldings) =>
    `${(memory / MIB).toFixed(1)} MiB, ${JSON.stringify(counts)}`;
  console.log(`before: ${shown(before)}\nafter:  ${shown(after)}`);
  expect(after).toMatchObject({ sessions: 0, tasks: 0, calls: 0, streams: 0 });
  expect(after.resources).toBeLessThanOrEqual(before.resources);
  expect(after.memory - before.memory).toBeLessThan(20 * MIB);
  console.log(
    `${attempts} requests of up to ${PAD.length} bytes to a server with a heap of ${HEAP_MIB} MiB: ${refused} refused ` +
      `as documented, the others served within its bounds; memory and handles are back; p50 of a call ` +
      `${usual.toFixed(1)} ms before, ${(await usualCall()).toFixed(1)} ms after`,
  );
});
