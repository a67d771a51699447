import { fileURLToPath } from "node:url";
import { McpClient } from "slipway/client";
import { StdioTransport } from "slipway/client/stdio";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Child } from "../support/child.ts";

/** Servers that are not ours, and the revision that each of them answers with. */
const SERVERS = [
  { library: "sdk-v1", transport: "http", revision: "2025-11-25", sessions: true },
  { library: "sdk-v1", transport: "http+sse", revision: "2025-11-25", sessions: false },
  { library: "sdk-v1", transport: "stdio", revision: "2025-11-25", sessions: false },
  { library: "sdk-v2", transport: "http", revision: "2026-07-28", sessions: false },
  { library: "sdk-v2", transport: "stdio", revision: "2026-07-28", sessions: false },
  // It knows 2025-06-18, too, but answers whoever asks for a newer one with its oldest.
  { library: "mcp-lite", transport: "http", revision: "2025-03-26", sessions: true },
] as const;

describe.each(SERVERS)(
  "a server of $library over $transport",
  ({ library, transport, revision, sessions }) => {
    const file = `e2e/support/foreign/${library}.ts`;
    let child: Child | undefined;
    let client: McpClient;
    const questions: string[] = [];

    beforeAll(async () => {
      const root = fileURLToPath(new URL("../..", import.meta.url));
      if (transport !== "stdio") child = new Child(file, [`--${transport}`]);
      client = await McpClient.connect(
        child === undefined
          ? new StdioTransport(process.execPath, [file, "--stdio"], { cwd: root })
          : (await child.says(/http:\S+/))[0],
        {
          info: { name: "slipway", version: "1.0.0" },
          probeTimeoutMs: 60_000,
          elicitation: {
            form: ({ message }) => {
              questions.push(message);
              return { action: "accept", content: { sure: true } };
            },
          },
        },
      );
    });

    afterAll(async () => {
      await client.close();
      await child?.stop();
    });

    it("is spoken to in the revision that it answers with", () => {
      expect(client.protocolVersion).toBe(revision);
      expect(client.serverInfo).toMatchObject({ name: "foreign", version: "1.2.3" });
      expect(client.sessionId !== undefined).toBe(sessions);
    });

    it("lists what it has", async () => {
      const names: string[] = [];
      for await (const { name } of client.tools()) names.push(name);
      for await (const { uri } of client.resources()) names.push(uri);
      for await (const { name } of client.prompts()) names.push(name);
      expect(names).toEqual(["add", "count", "confirm", "note://today", "weather"]);
    });

    it("answers calls, reads and prompts", async () => {
      expect(await client.callTool("add", { a: 2, b: 3 })).toMatchObject({ structuredContent: { sum: 5 } });
      expect(await client.readResource("note://today")).toMatchObject({ contents: [{ text: "It rains." }] });
      expect(await client.getPrompt("weather")).toMatchObject({
        messages: [{ content: { text: "How is the weather?" } }],
      });
    });

    it("reports progress", async () => {
      const seen: number[] = [];
      const result = await client.callTool(
        "count",
        {},
        { onProgress: ({ progress }) => seen.push(progress) },
      );
      expect(result).toMatchObject({ content: [{ text: "three" }] });
      expect(seen).toEqual([1, 2, 3]);
    });

    it("asks the user in the midst of a call", async () => {
      questions.length = 0;
      expect(await client.callTool("confirm", { item: "all" })).toMatchObject({
        content: [{ text: "Deleted all." }],
      });
      expect(questions).toEqual(["Delete all?"]);
    });

    it("refuses what it does not know, and says so", async () => {
      // Some answer with an error, some with a result that says it to the model.
      const answer = await client.callTool("nothing").catch((error) => ({ isError: true, error }));
      expect(answer.isError).toBe(true);
      await expect(client.request("nothing/at-all")).rejects.toMatchObject({
        name: "RpcError",
        code: -32601,
      });
    });
  },
);
