import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect } from "../support/arms.ts";
import { Child } from "../support/child.ts";
import { PeerV2 } from "../support/peer-v2.ts";

const run = promisify(execFile);

describe("examples/atlas/serve.ts", () => {
  let atlas: Child;
  let url: URL;

  beforeAll(async () => {
    atlas = new Child("examples/atlas/serve.ts", [], { PORT: "0" });
    await atlas.says(/Ctrl\+C ends it/);
    url = new URL((/listens at (\S+)/.exec(atlas.stdout) as RegExpExecArray)[1] as string);
  });

  afterAll(() => atlas.stop());

  /** The client configurations that it prints, as objects. */
  const configurations = () =>
    [...atlas.stdout.matchAll(/^\{$.*?^\}$/gms)].map(([json]) => JSON.parse(json).mcpServers.atlas);

  test("prints a configuration for clients that connect over HTTP", () => {
    expect(configurations()[0]).toEqual({ type: "http", url: url.href });
  });

  test("prints a configuration for clients that start the server, and it works", async () => {
    const peer = new PeerV2("auto");
    await peer.connect(new StdioClientTransport(configurations()[1]));
    expect(peer.serverName).toBe("atlas");
    await peer.close();
  });

  test("prints a curl line for each era, and both work", async () => {
    const lines = atlas.stdout.split("\n").filter((line) => line.startsWith("curl "));
    const answers = await Promise.all(lines.map((line) => run("sh", ["-c", line])));
    expect(answers.map(({ stdout }) => JSON.parse(stdout))).toMatchObject([
      { id: 1, result: { resultType: "complete", structuredContent: { cities: [{ name: "Zürich" }] } } },
      { id: 1, result: { protocolVersion: "2025-11-25", serverInfo: { name: "atlas" } } },
    ]);
  });

  test("says so when the port is taken, and ends", async () => {
    const second = new Child("examples/atlas/serve.ts", [], { PORT: url.port });
    expect(await second.exitCode()).toBe(1);
    expect(second.stderr).toContain(`Cannot listen on 127.0.0.1:${url.port}`);
    expect(second.stderr).toContain("Another program uses it");
    expect(second.stdout).toBe("");
  });

  test.each(["abc", "65536"])("says what PORT must be when it is %j", async (PORT) => {
    const child = new Child("examples/atlas/serve.ts", [], { PORT });
    expect(await child.exitCode()).toBe(1);
    expect(child.stderr).toBe(
      `The atlas cannot start. PORT must be a number from 0 to 65535, got "${PORT}".\n`,
    );
  });

  test.each(["SIGINT", "SIGTERM"] as const)(
    "ends in good order at %s, with clients listening",
    async (signal) => {
      const child = new Child("examples/atlas/serve.ts", [], { PORT: "0" });
      const [, address] = await child.says(/listens at (\S+)/);
      const peers = await Promise.all([
        connect({ client: "sdk 1.x", transport: "http", era: "legacy" }, new URL(address as string)),
        connect(
          { client: "client 2.x, 2026-07-28", transport: "http", era: "modern" },
          new URL(address as string),
        ),
      ]);
      await Promise.all(peers.map((peer) => peer.watch([])));
      expect(await child.stop(signal)).toBe(0);
      expect(child.stderr).toBe("");
      await Promise.all(peers.map((peer) => peer.close()));
    },
  );
});

test("examples/atlas/stdio.ts ends when its client closes the pipe", async () => {
  const child = new Child("examples/atlas/stdio.ts");
  child.closeInput();
  expect(await child.exitCode()).toBe(0);
  expect(child.stdout).toBe("");
});

describe("examples/quickstart/server.ts", () => {
  const sum = { content: [{ type: "text", text: "5" }] };

  test("serves HTTP, and prints where", async () => {
    const anyPort = new URL("../support/any-port.ts", import.meta.url);
    const child = new Child("examples/quickstart/server.ts", [], { NODE_OPTIONS: `--import ${anyPort}` });
    const [, address] = await child.says(/Connect to (\S+)/);
    const peer = await connect(
      { client: "client 2.x, 2026-07-28", transport: "http", era: "modern" },
      new URL(address as string),
    );
    expect(await peer.call("add", { a: 2, b: 3 })).toMatchObject(sum);
    await peer.close();
    await child.stop();
  });

  test("serves stdio", async () => {
    const peer = new PeerV2("auto");
    await peer.connect(
      new StdioClientTransport({
        command: process.execPath,
        args: [fileURLToPath(new URL("../../examples/quickstart/server.ts", import.meta.url)), "--stdio"],
      }),
    );
    expect(await peer.call("add", { a: 2, b: 3 })).toMatchObject(sum);
    await peer.close();
  });
});
