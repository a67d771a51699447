import { randomBytes } from "node:crypto";
import type { Miniflare } from "miniflare";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HANDSHAKE, MODERN } from "../support/fetch-client.ts";
import { configuredWorker } from "../support/workers.ts";

describe("the example of a Worker, as its wrangler.json has it", () => {
  let worker: Miniflare;
  beforeAll(async () => {
    worker = await configuredWorker("../../examples/worker/wrangler.json", {
      SECRET: randomBytes(32).toString("hex"),
    });
  });
  afterAll(() => worker.dispose());

  const handler = async (request: Request) => {
    const { url, method, headers, signal } = request;
    const body = method === "POST" ? await request.text() : undefined;
    const init = {
      method,
      headers: Object.fromEntries(headers),
      signal,
      ...(body !== undefined && { body }),
    };
    return (await worker.dispatchFetch(url, init)) as unknown as Response;
  };

  test.each([
    ["a client with a handshake", HANDSHAKE, ["1", "2"]],
    ["a client of 2026-07-28", MODERN, ["no session", "no session"]],
  ] as const)("%s is asked, and has a session where its revision has them", async (_, connect, visits) => {
    const peer = await connect(handler);
    peer.answer = () => ({ action: "accept", content: { guests: 3 } });
    expect(await peer.call("book", { day: "Friday" })).toMatchObject({
      content: [{ text: "Table 2 is yours on Friday, for 3." }],
    });
    for (const text of visits) expect(await peer.call("visits", {})).toMatchObject({ content: [{ text }] });
    await peer.close();
  });
});
