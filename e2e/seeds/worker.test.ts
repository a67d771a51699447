import { InMemoryClientRequestAdapter, InMemorySessionAdapter } from "slipway";
import { describe, expect, test } from "vitest";
import { HANDSHAKE, MODERN } from "../support/fetch-client.ts";
import { MapClientRequestAdapter, MapSessionAdapter } from "./map-adapters.ts";
import worker from "./worker.ts";

const ADAPTERS = [
  [
    "in memory",
    () => ({ sessions: new InMemorySessionAdapter(), clientRequests: new InMemoryClientRequestAdapter() }),
  ],
  [
    "of one's own",
    () => ({ sessions: new MapSessionAdapter(), clientRequests: new MapClientRequestAdapter() }),
  ],
] as const;

describe.each(ADAPTERS)(
  "a worker that makes its server anew for each request, with adapters %s",
  (_, makeEnv) => {
    const env = makeEnv();
    const handler = (request: Request) => worker.fetch(request, env);

    describe.each([
      ["a client with a handshake", HANDSHAKE],
      ["a client of 2026-07-28", MODERN],
    ] as const)("%s", (_, connect) => {
      test("learns who the server is, and calls tools", async () => {
        const peer = await connect(handler);
        expect(peer.serverName).toBe("worker-server");
        expect(await peer.call("greet", { name: "Ada" })).toMatchObject({
          content: [{ text: "Hello, Ada!" }],
        });
        await peer.close();
      });

      test("gets progress within its call", async () => {
        const peer = await connect(handler);
        const seen: number[] = [];
        await peer.call(
          "greet-slowly",
          { name: "Ada" },
          { onProgress: ({ progress }) => seen.push(progress) },
        );
        expect(seen).toEqual([1, 2]);
        await peer.close();
      });

      test("is asked, and answers with another request", async () => {
        const peer = await connect(handler);
        peer.answer = () => ({ action: "accept", content: { name: "Ada" } });
        expect(await peer.call("greet-user", {})).toMatchObject({ content: [{ text: "Hello, Ada!" }] });
        await peer.close();
      });
    });
  },
);
