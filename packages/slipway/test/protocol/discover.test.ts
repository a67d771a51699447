import { describe, expect, test } from "vitest";
import { META, matrix, openWire } from "../support/index.ts";
import { emptyServer, fullServer, MODERN, REVISION } from "./server.ts";

describe.each(matrix(MODERN))("server/discover over $transport", ({ transport }) => {
  test("is answered by a server that has nothing else [2026-07-28/discover/implemented] [2026-07-28/discover/server-info]", async () => {
    const wire = await openWire(emptyServer(), { transport });
    const { result } = await wire.request("server/discover");
    expect(result).toEqual({
      resultType: "complete",
      supportedVersions: expect.arrayContaining([REVISION]),
      capabilities: { logging: {} },
      ttlMs: 0,
      cacheScope: "public",
      _meta: { [META.serverInfo]: { name: "under test", version: "1.2.3" } },
    });
  });

  test("tells what the server has, and how to use it [2026-07-28/discover/implemented]", async () => {
    const wire = await openWire(fullServer({ instructions: "Use it well." }), { transport });
    expect((await wire.request("server/discover")).result).toMatchObject({
      instructions: "Use it well.",
      capabilities: {
        tools: { listChanged: true },
        resources: { listChanged: true, subscribe: true },
        prompts: { listChanged: true },
        completions: {},
      },
    });
  });

  test("names the server in full [2026-07-28/discover/server-info]", async () => {
    const info = {
      title: "A Title",
      description: "What it is",
      websiteUrl: "https://example.com",
      icons: [{ src: "https://example.com/icon.png" }],
    };
    const wire = await openWire(emptyServer(info), { transport });
    const { _meta } = (await wire.request("server/discover")).result;
    expect(_meta[META.serverInfo]).toEqual({ name: "under test", version: "1.2.3", ...info });
  });
});
