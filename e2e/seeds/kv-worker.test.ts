import { randomBytes } from "node:crypto";
import type { Miniflare } from "miniflare";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HANDSHAKE, MODERN } from "../support/fetch-client.ts";
import { kvWorkers, sendTo } from "../support/workers.ts";

const NAMES = ["first", "second"] as const;

/** A message that one of the Workers received. */
interface Visit {
  readonly worker: (typeof NAMES)[number];
  readonly method: string | undefined;
  /** Whether it brings the user's answer: by itself, or with the call that is sent again. */
  readonly answers: boolean;
}

/** Calls go to the first Worker, users' answers to the second, and all else to the one and the other in turn. */
function apart(workers: () => Miniflare) {
  const visits: Visit[] = [];
  let others = 0;
  const handler = async (request: Request) => {
    const text = await request.clone().text();
    const { method, result, params } = text === "" ? {} : JSON.parse(text);
    const answers = result !== undefined || params?.inputResponses !== undefined;
    const worker = answers ? "second" : method === "tools/call" ? "first" : (NAMES[others++ % 2] ?? "first");
    visits.push({ worker, method, answers });
    return sendTo(workers(), worker, request);
  };
  return {
    handler,
    reached: () => new Set(visits.map(({ worker }) => worker)),
    /** Where calls and their answers went, in this order. */
    route: () =>
      visits
        .filter(({ method, answers }) => method === "tools/call" || answers)
        .map(({ worker, answers }) => `${answers ? "answer" : "call"} to ${worker}`),
  };
}

describe("two Workers over one KV namespace", () => {
  let workers: Miniflare;
  beforeAll(async () => {
    workers = await kvWorkers("../seeds/kv-worker.ts", NAMES);
  });
  afterAll(() => workers.dispose());

  test.each([
    ["a client with a handshake", HANDSHAKE],
    ["a client of 2026-07-28", MODERN],
  ] as const)("%s calls tools, and gets progress within its call", async (_, connect) => {
    const { handler, reached } = apart(() => workers);
    const peer = await connect(handler);
    expect(peer.serverName).toBe("worker-server");
    await peer.listTools();
    await peer.listTools();
    expect(await peer.call("greet", { name: "Ada" })).toMatchObject({ content: [{ text: "Hello, Ada!" }] });
    const seen: number[] = [];
    await peer.call("greet-slowly", { name: "Ada" }, { onProgress: ({ progress }) => seen.push(progress) });
    expect(seen).toEqual([1, 2]);
    expect(reached()).toEqual(new Set(NAMES));
    await peer.close();
  });

  test("a client with a handshake is asked by one, and answers to the other", async () => {
    const { handler, route } = apart(() => workers);
    const peer = await HANDSHAKE(handler);
    peer.answer = () => ({ action: "accept", content: { name: "Ada" } });
    expect(await peer.call("greet-user", {})).toMatchObject({ content: [{ text: "Hello, Ada!" }] });
    expect(route()).toEqual(["call to first", "answer to second"]);
    await peer.close();
  });

  test("a client of 2026-07-28 that answers to the other is refused, as they share no secret", async () => {
    const { handler, route } = apart(() => workers);
    const peer = await MODERN(handler);
    peer.answer = () => ({ action: "accept", content: { name: "Ada" } });
    await expect(peer.call("greet-user", {})).rejects.toThrow(/"requestState" cannot be continued here/);
    expect(route()).toEqual(["call to first", "answer to second"]);
    await peer.close();
  });
});

describe("two Workers over one KV namespace that share a secret", () => {
  let workers: Miniflare;
  beforeAll(async () => {
    const SECRET = randomBytes(32).toString("hex");
    workers = await kvWorkers("../seeds/kv-worker-with-secret.ts", NAMES, { SECRET });
  });
  afterAll(() => workers.dispose());

  test.each([
    ["a client with a handshake", HANDSHAKE],
    ["a client of 2026-07-28", MODERN],
  ] as const)("%s is asked by one, and answers to the other", async (_, connect) => {
    const { handler, route } = apart(() => workers);
    const peer = await connect(handler);
    peer.answer = () => ({ action: "accept", content: { name: "Ada" } });
    expect(await peer.call("greet-user", {})).toMatchObject({ content: [{ text: "Hello, Ada!" }] });
    expect(route()).toEqual(["call to first", "answer to second"]);
    await peer.close();
  });
});
