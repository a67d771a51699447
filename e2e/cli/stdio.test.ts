import { cpSync } from "node:fs";
import { dirname, join } from "node:path";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { afterAll, describe, expect, test } from "vitest";
import { PeerV2 } from "../support/peer-v2.ts";
import { textOf } from "./connect.ts";
import { Project, SLIPWAY } from "./project.ts";

const SERVER = `import { McpServer } from "slipway";
console.log("This is no message of the protocol.");
const make = (): McpServer => new McpServer({ name: "hello", version: "1.0.0" })
  .tool("greet", { handler: () => "Hello!" });
`;

const project = new Project({
  "default.ts": `${SERVER}export default make();`,
  "named.ts": `${SERVER}export const server = make();`,
  "factory.ts": `${SERVER}export default async () => make();`,
  "principal.ts": `${SERVER}export default (principal: unknown) => make();`,
  "plain.js": `import { McpServer } from "slipway";
export default new McpServer({ name: "hello", version: "1.0.0" }).tool("greet", { handler: () => "Hello!" });`,
  "closing.js": `export { default } from "./plain.js";
export const close = async () => console.error("closed by its own hand");`,
  "nothing.js": "export const helper = 1;",
  "foreign.js": "class McpServer {} export default new McpServer();",
  "wrong.js": "export default () => 3;",
  "broken.js": "export default {;",
  "imports-broken.js": 'import "./broken.js";',
  "throwing.js": "const config = undefined;\nconfig.name;",
  "missing.js": 'import "no-such-package";',
  "enum.ts": "enum A { x }\nexport default A;",
  "serving.js": `import server from "./plain.js";
import { serve } from "slipway/node";
const { port } = await serve(server, { port: 0 });
await serve(server, { port });`,
  "server.py": "print()",
});
afterAll(() => project.remove());

describe("slipway stdio", () => {
  test.each(["default.ts", "named.ts", "factory.ts", "principal.ts", "plain.js"])(
    "serves %s",
    async (file) => {
      const peer = new PeerV2("auto");
      await peer.connect(
        new StdioClientTransport({
          command: process.execPath,
          args: [SLIPWAY, "stdio", file],
          cwd: project.folder,
          stderr: "pipe",
        }),
      );
      expect(await peer.call("greet", {})).toMatchObject({ content: [{ type: "text", text: "Hello!" }] });
      await peer.close();
    },
  );

  test("hands over to the library that the file imports, where it is itself another copy", async () => {
    const elsewhere = new Project();
    const copy = join(elsewhere.folder, "slipway");
    cpSync(join(dirname(SLIPWAY), "../.."), copy, {
      recursive: true,
      filter: (path) => !/[\\/](src|test)$/.test(path),
    });
    const peer = new PeerV2("auto");
    const args = [join(copy, "dist/cli/bin.js"), "stdio", "default.ts"];
    await peer.connect(
      new StdioClientTransport({ command: process.execPath, args, cwd: project.folder, stderr: "pipe" }),
    );
    expect(await textOf(peer, "greet")).toBe("Hello!");
    await peer.close();
    elsewhere.remove();
  });

  test("ends with its client, keeps stdout for the protocol, and calls close of the file", async () => {
    const said = await project.run(["stdio", "default.ts"]);
    expect(said).toEqual({ code: 0, stdout: "", stderr: "This is no message of the protocol.\n" });
    expect(await project.run(["stdio", "closing.js"])).toEqual({
      code: 0,
      stdout: "",
      stderr: "closed by its own hand\n",
    });
  });

  test.each([
    ["gone.ts", "There is no file gone.ts."],
    [".", ". is no file."],
    ["nothing.js", "nothing.js exports only helper. Expected an McpServer"],
    ["foreign.js", "exports a McpServer of another library, or of another copy"],
    ["wrong.js", "The function that wrong.js exports returned a number. Expected an McpServer"],
    ["broken.js", "broken.js:1\nexport default {;"],
    ["imports-broken.js", "broken.js:1\nexport default {;"],
    ["throwing.js", "throwing.js:2:8"],
    ["missing.js", "Install what it imports: npm install no-such-package"],
    ["enum.ts", "write it without enum, namespace and parameter properties, or install tsx"],
    [
      "serving.js",
      "It serves by itself, and is to do so only where it is the program: if (import.meta.main)",
    ],
    ["server.py", "Expected a .js, .mjs, .cjs, .ts, .mts or .cts file."],
  ])("says what is wrong with %s, and ends with code 1", async (file, message) => {
    const { code, stdout, stderr } = await project.run(["stdio", file]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(message);
    // Of the user's code, not of this program's.
    expect(stderr).not.toMatch(/slipway\/dist|node:internal/);
  });
});
