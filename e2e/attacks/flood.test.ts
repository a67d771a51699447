import { afterAll, beforeAll, expect, test } from "vitest";
import { expectFast, expectReturned, holdingsOf, median, warmUp } from "./afterwards.ts";
import type { Holdings } from "./holdings.ts";
import { bearer, http, message, meta, mirrored, modern, tool } from "./requests.ts";
import type { Door } from "./server.ts";
import { open, Target } from "./target.ts";
import type { Bytes, Raw } from "./wire.ts";

const MIB = 1024 * 1024;
/** How long a client may take for a request at the door that is attacked, and how much later it is looked after. */
const REQUEST_MS = 1_000;
const CHECKED_MS = 500;

let target: Target;
let before: Holdings;

beforeAll(async () => {
  target = await Target.start();
  await warmUp(target);
  before = await holdingsOf(target);
});

afterAll(() => target.stop());

const whole = tool("echo", { text: "a" }, bearer("ada"));
const headOnly = whole.subarray(0, whole.indexOf("\r\n\r\n") + 4);

/** Nothing, half a head, a head without its body, and half a body. */
const PARTS = [whole.subarray(0, 0), headOnly.subarray(0, 60), headOnly, whole.subarray(0, -5)];
const part = (index: number) => PARTS[index % PARTS.length] as Bytes;

/** Opens many connections on which this is sent, some at once. */
async function openMany(
  count: number,
  bytes: (index: number) => Bytes,
  door: Door = "hasty",
): Promise<Raw[]> {
  const all: Raw[] = [];
  for (let at = 0; at < count; at += 250) {
    const some = Array.from({ length: Math.min(250, count - at) }, (_, index) =>
      open(target, bytes(at + index), door),
    );
    await Promise.all(some.map((raw) => raw.connected()));
    all.push(...some);
  }
  return all;
}

/** How long a good client's calls take meanwhile, at the door that is attacked: the median and the longest. */
async function goodCalls(count: number, door: Door = "hasty"): Promise<{ usual: number; longest: number }> {
  const times: number[] = [];
  for (let call = 0; call < count; call++) {
    const begun = performance.now();
    const { messages } = await target.send(whole, door);
    times.push(performance.now() - begun);
    expect(messages[0]?.["result"].content[0].text).toBe("a");
  }
  return { usual: median(times), longest: Math.max(...times) };
}

test("3,000 half-open connections keep nobody waiting", async () => {
  const alone = await goodCalls(50, "guarded");
  const halfOpen = await openMany(3_000, part, "guarded");
  // Connected to, a connection waits in the system's queue until the server takes it.
  await expect.poll(async () => (await target.measure()).connections, { timeout: 20_000 }).toBe(3_000);
  const meanwhile = await goodCalls(50, "guarded");
  for (const raw of halfOpen) raw.close();
  console.log(
    `a good call: ${alone.usual.toFixed(1)} ms alone, ${meanwhile.usual.toFixed(1)} ms ` +
      `meanwhile, at most ${meanwhile.longest.toFixed(0)} ms`,
  );
  expect(meanwhile.usual).toBeLessThan(3 * alone.usual + 50);
});

test("half-open connections are cut off when their time is over", async () => {
  const halfOpen = await openMany(300, part);
  await Promise.all(halfOpen.map((raw) => raw.closed()));
  const answers = new Set(halfOpen.map((raw) => raw.text.split("\r\n")[0]));
  answers.delete("");
  expect([...answers]).toEqual(["HTTP/1.1 408 Request Timeout"]);
});

test("bodies that come byte by byte are cut off, however steadily they come", async () => {
  const slow = await openMany(100, () => headOnly);
  const body = message("tools/call", { name: "echo", arguments: { text: "a" } });
  const begun = performance.now();
  let at = 0;
  const dripping = setInterval(() => {
    for (const raw of slow) raw.send(body[at] ?? " ");
    at++;
  }, 20);
  await Promise.all(slow.map((raw) => raw.closed()));
  clearInterval(dripping);
  const took = performance.now() - begun;
  // Those that send on while they are cut off lose what they were told.
  for (const raw of slow) expect(raw.text.split("\r\n")[0]).toMatch(/^(HTTP\/1\.1 408 Request Timeout)?$/);
  expect(took).toBeGreaterThan(REQUEST_MS / 2);
  expect(took).toBeLessThan(REQUEST_MS + CHECKED_MS + 10_000);
});

test("readers that read nothing are cut off, and their calls stop", async () => {
  const flood = modern("tools/call", { name: "flood", arguments: {}, _meta: progressMeta() }, bearer("ada"));
  const readers = await openMany(20, () => flood);
  for (const raw of readers) raw.socket.pause();
  await expect.poll(async () => (await target.measure()).calls, { timeout: 20_000 }).toBe(0);
  const meanwhile = await goodCalls(20);
  expect(meanwhile.usual).toBeLessThan(1_000);
  for (const raw of readers) raw.close();
});

test("a client that sends a thousand requests at once is answered a thousand times, in order", async () => {
  const calls = Array.from({ length: 1_000 }, (_, id) =>
    tool("echo", { text: "x".repeat(1_000) }, bearer("ada"), id),
  );
  const raw = open(target, Buffer.concat(calls), "guarded");
  const ids: unknown[] = [];
  for (let id = 0; id < calls.length; id++) ids.push((await raw.answer()).messages[0]?.["id"]);
  raw.close();
  expect(ids).toEqual(calls.map((_, id) => id));
});

test("clients that go away in the midst of whatever they do leave nothing", async () => {
  const hold = modern("tools/call", { name: "hold", arguments: {}, _meta: progressMeta() }, bearer("ada"));
  const listen = modern("subscriptions/listen", { notifications: { toolsListChanged: true } }, bearer("ada"));
  const going = [
    hold,
    listen,
    headOnly,
    whole.subarray(0, -5),
    http("GET", bearer("ada")),
    http("POST", mirrored("x"), "{}"),
  ];
  for (let round = 0; round < 20; round++) {
    const raws = await openMany(going.length * 5, (index) => going[index % going.length] as Bytes);
    if (round % 2 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    for (const raw of raws) {
      if (round % 3 === 0) raw.socket.resetAndDestroy();
      else raw.close();
    }
  }
  expect(await holdingsOf(target)).toMatchObject({ connections: 0, streams: 0, calls: 0 });
});

test("after all of them the server holds what it held before, answers as fast, and has written nothing to its log", async () => {
  expectReturned(before, await holdingsOf(target), 20 * MIB);
  console.log(`flooded; memory and handles are back; ${await expectFast(target)}`);
  expect(target.log).toBe("");
});

function progressMeta() {
  return meta({ progressToken: "p" });
}
