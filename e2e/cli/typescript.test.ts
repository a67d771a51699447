import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { PeerV2 } from "../support/peer-v2.ts";
import { addressOf, peerAt, textOf } from "./connect.ts";
import { Project, type Running, SLIPWAY } from "./project.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The oldest Node that the library runs on. It runs no TypeScript. */
const OLD_NODE = join(root, "e2e/node_modules/node/bin/node");

const files = {
  // What takes more than leaving types out: an enum, and a .js that stands for a .ts.
  "server.ts": `import { McpServer } from "slipway";
import { Word } from "./words.js";
export default new McpServer({ name: "hello", version: "1.0.0" }).tool("greet", { handler: () => Word.Hello as string });`,
  "words.ts": 'export enum Word { Hello = "Hello!" }',
  "plain.js": `import { McpServer } from "slipway";
export default new McpServer({ name: "hello", version: "1.0.0" }).tool("greet", { handler: () => "Hello!" });`,
};
const without = new Project(files);
const project = new Project(files);
symlinkSync(join(root, "node_modules/tsx"), join(project.folder, "node_modules/tsx"));
afterAll(() => {
  without.remove();
  project.remove();
});

const started: Running[] = [];
afterEach(async () => {
  for (const running of started.splice(0)) {
    running.signal("SIGKILL");
    await running.finished;
  }
});

async function greet(node: string, file: string): Promise<string> {
  const peer = new PeerV2("auto");
  const { folder: cwd } = project;
  await peer.connect(new StdioClientTransport({ command: node, args: [SLIPWAY, "stdio", file], cwd }));
  const text = await textOf(peer, "greet");
  await peer.close();
  return text;
}

describe("a server file", () => {
  test.each([
    ["this Node", process.execPath],
    ["Node 20", OLD_NODE],
  ])("that takes more than leaving types out is run by the project's tsx, on %s", async (_, node) => {
    expect(await greet(node, "server.ts")).toBe("Hello!");
  });

  test("in JavaScript runs on Node 20", async () => {
    expect(await greet(OLD_NODE, "plain.js")).toBe("Hello!");
  });

  test("in TypeScript asks for tsx, or a newer Node, on Node 20", async () => {
    const { code, stderr } = await without.run(["stdio", "server.ts"], { node: OLD_NODE });
    expect(stderr).toMatch(
      /server\.ts is TypeScript, which Node 20\.\S+ does not run\. Use Node 22\.18 or newer, or install tsx/,
    );
    expect(code).toBe(1);
  });

  test("that imports a .js which is a .ts asks for tsx, or for its own ending", async () => {
    const { code, stderr } = await without.run(["stdio", "server.ts"]);
    expect(stderr).toContain("Import TypeScript files by their own ending (./file.ts), or install tsx.");
    expect(code).toBe(1);
  });

  test("that tsx runs is loaded anew by slipway dev, with what it imports", async () => {
    const running = project.start(["dev", "server.ts", "--port", "0"]);
    started.push(running);
    const peer = await peerAt(await addressOf(running), "legacy");
    expect(await textOf(peer, "greet")).toBe("Hello!");
    project.write("words.ts", 'export enum Word { Hello = "Ahoy!" }');
    await running.says(/Loaded anew/);
    expect(await textOf(peer, "greet")).toBe("Ahoy!");
    await peer.close();
  });

  test("cannot be loaded anew on Node 20, which slipway dev says", async () => {
    const { code, stderr } = await without.run(["dev", "plain.js"], { node: OLD_NODE });
    expect(stderr).toContain("slipway dev needs Node 22.15 or newer");
    expect(code).toBe(1);
  });
});
