import { afterEach, describe, expect, test } from "vitest";
import type { PeerV2 } from "../support/peer-v2.ts";
import { addressOf, peerAt, textOf } from "./connect.ts";
import { Project, type Running } from "./project.ts";

const projects: Project[] = [];
const started: Running[] = [];
const peers: PeerV2[] = [];
afterEach(async () => {
  await Promise.all(peers.splice(0).map((peer) => peer.close().catch(() => {})));
  for (const running of started.splice(0)) {
    running.signal("SIGKILL");
    await running.finished;
  }
  for (const project of projects.splice(0)) project.remove();
});

/** A server of these tools, each of which returns a text. */
const server = (tools: { readonly [name: string]: string }, more = "") => `
import { McpServer } from "slipway";
const server = new McpServer({ name: "hello", version: "1.0.0" });
${Object.entries(tools)
  .map(([name, result]) => `server.tool("${name}", { handler: () => ${result} });`)
  .join("\n")}
server.tool("count", { handler: async (_, ctx) => String(await ctx.session.update("n", (n = 0) => n + 1)) });
${more}
export default server;
`;

async function dev(files: { readonly [path: string]: string }, ...args: string[]) {
  const project = new Project(files);
  projects.push(project);
  const running = project.start(["dev", Object.keys(files)[0] as string, "--port", "0", ...args]);
  started.push(running);
  return { project, running };
}

async function connected(running: Running, mode: "legacy" | "modern"): Promise<PeerV2> {
  const peer = await peerAt(await addressOf(running), mode);
  peers.push(peer);
  return peer;
}

/** Waits until it has been loaded anew once more. */
async function reloaded(running: Running, times: number): Promise<void> {
  await running.says(new RegExp(`(Loaded anew.*?){${times}}`, "s"));
}

const toolsChanged = (peer: PeerV2) =>
  peer.notices.first(({ method }) => method === "notifications/tools/list_changed");

describe("slipway dev", () => {
  test("keeps a session over a reload, and tells its client that the tools changed", async () => {
    const { project, running } = await dev({ "server.ts": server({ greet: '"one"' }) });
    const peer = await connected(running, "legacy");
    expect([await textOf(peer, "greet"), await textOf(peer, "count")]).toEqual(["one", "1"]);

    project.write("server.ts", server({ greet: '"two"', leave: '"bye"' }));
    await toolsChanged(peer);
    expect((await peer.listTools()).map(({ name }) => name)).toEqual(["count", "greet", "leave"]);
    expect([await textOf(peer, "greet"), await textOf(peer, "count")]).toEqual(["two", "2"]);
    expect(running.stderr).toMatch(/Loaded anew in \d+ ms. Clients are told of other tools./);
  });

  test("tells a client of today on the subscription that it has open", async () => {
    const { project, running } = await dev({ "server.ts": server({ greet: '"one"' }) });
    const peer = await connected(running, "modern");
    await peer.watch([]);
    project.write("server.ts", server({ greet: '"two"', leave: '"bye"' }));
    await toolsChanged(peer);
    expect(await textOf(peer, "leave")).toBe("bye");
  });

  test("loads anew what the file imports, also in CommonJS and JSON, and says nothing of lists that are as before", async () => {
    const files = {
      "server.ts": server({ greet: "deep() + cjs.text + json.text" }, "").replace(
        "import",
        `import { deep } from "./lib/a.ts";\nimport cjs from "./c.cjs";\nimport json from "./j.json" with { type: "json" };\nimport`,
      ),
      "lib/a.ts": 'export { deep } from "./b.ts";',
      "lib/b.ts": 'export const deep = (): string => "b1";',
      "c.cjs": 'exports.text = require("./d.cjs");',
      "d.cjs": 'module.exports = "d1";',
      "j.json": '{ "text": "j1" }',
    };
    const { project, running } = await dev(files);
    const peer = await connected(running, "legacy");
    expect(await textOf(peer, "greet")).toBe("b1d1j1");
    project.write("lib/b.ts", 'export const deep = (): string => "b2";');
    await reloaded(running, 1);
    expect(await textOf(peer, "greet")).toBe("b2d1j1");
    project.write("d.cjs", 'module.exports = "d2";');
    await reloaded(running, 2);
    expect(await textOf(peer, "greet")).toBe("b2d2j1");
    project.write("j.json", '{ "text": "j2" }');
    await reloaded(running, 3);
    expect(await textOf(peer, "greet")).toBe("b2d2j2");
    expect(running.stderr).not.toContain("Clients are told");
  });

  test.each([
    ["does not parse", "export default {;", /server\.ts:1\nexport default \{;/],
    ["throws", "\nthrow new Error('not today');", /not today[\s\S]*server\.ts:2:7/],
    ["exports no server", "export default 3;", /server\.ts exports a number/],
    ["imports what is not there", 'import "./gone.ts";', /Cannot find module.*gone\.ts/],
  ])("goes on as it was while the file %s", async (_, text, said) => {
    const { project, running } = await dev({ "server.ts": server({ greet: '"one"' }) });
    const peer = await connected(running, "legacy");
    expect(await textOf(peer, "count")).toBe("1");
    project.write("server.ts", text);
    await running.says(/The server goes on as it was\./);
    expect(running.stderr).toMatch(said);
    expect([await textOf(peer, "greet"), await textOf(peer, "count")]).toEqual(["one", "2"]);
    project.write("server.ts", server({ greet: '"two"' }));
    await reloaded(running, 1);
    expect([await textOf(peer, "greet"), await textOf(peer, "count")]).toEqual(["two", "3"]);
  });

  test("is loaded when a file comes to be that it imports", async () => {
    const { project, running } = await dev({
      "server.ts": server({ greet: "late" }).replace("import", 'import { late } from "./late.ts";\nimport'),
    });
    await running.says(/It is tried again when the file changes\./);
    project.write("late.ts", 'export const late = "at last";');
    expect(await textOf(await connected(running, "legacy"), "greet")).toBe("at last");
  });

  test("lets a call end with the code that it began with, and then closes what that code has opened", async () => {
    const slow = (word: string) =>
      server(
        { greet: `"${word}"` },
        `server.tool("slow", { handler: async () => { console.error("${word} at work"); await new Promise((go) => process.once("SIGUSR2", go)); return "${word}"; } });
export const close = () => console.error("${word} closed");`,
      );
    const { project, running } = await dev({ "server.ts": slow("one") });
    const peer = await connected(running, "legacy");
    const result = textOf(peer, "slow");
    await running.says(/one at work/);
    project.write("server.ts", slow("two"));
    await reloaded(running, 1);
    expect(await textOf(peer, "greet")).toBe("two");
    expect(running.stderr).not.toContain("one closed");
    running.signal("SIGUSR2");
    expect(await result).toBe("one");
    await running.says(/one closed/);
    expect((await running.stop()).stderr).toContain("two closed");
  });

  test("puts new servers in the place of those of tenants", async () => {
    const factory = (word: string) => `import { McpServer } from "slipway";
export default (principal: unknown) => new McpServer({ name: "hello", version: "1.0.0" })
  .tool("greet", { handler: () => "${word}" });`;
    const { project, running } = await dev({ "server.ts": factory("one") });
    const peer = await connected(running, "legacy");
    expect(await textOf(peer, "greet")).toBe("one");
    project.write("server.ts", factory("two"));
    await reloaded(running, 1);
    expect(await textOf(peer, "greet")).toBe("two");
  });

  test("prints each call with its tool, its time and its outcome", async () => {
    const files = {
      "server.ts": server({ greet: '"hi"', fail: '{ throw new ToolError("no luck\\x1b[2J") }' }),
    };
    files["server.ts"] = files["server.ts"].replace("{ McpServer }", "{ McpServer, ToolError }");
    const { running } = await dev(files);
    const peer = await connected(running, "legacy");
    await textOf(peer, "greet");
    await peer.call("fail", {});
    await peer.call("nothing", {}).catch(() => {});
    await running.says(/tools\/call nothing/, "stdout");
    expect(running.stdout).toMatch(/^\d\d:\d\d:\d\d {2}initialize peer-v2 {2}[\d.]+ ms {2}ok$/m);
    expect(running.stdout).toMatch(/tools\/call greet {2}[\d.]+ ms {2}ok$/m);
    expect(running.stdout).toMatch(/tools\/call fail {2}[\d.]+ ms {2}failed: no luck\\x1b\[2J$/m);
    expect(running.stdout).toMatch(/tools\/call nothing {2}[\d.]+ ms {2}error -32602: /m);
  });

  test("prints calls as lines of JSON, with --json", async () => {
    const { running } = await dev({ "server.ts": server({ greet: '"hi"' }) }, "--json");
    const peer = await connected(running, "legacy");
    await textOf(peer, "greet");
    await running.says(/greet/, "stdout");
    expect(
      running.stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toContainEqual({
      ...{ time: expect.any(String), ms: expect.any(Number), outcome: "ok" },
      ...{ method: "tools/call", subject: "greet" },
    });
  });

  test("survives an error that nobody catches, and says so", async () => {
    const { running } = await dev({
      "server.ts": server({ trip: '(setTimeout(() => { throw new Error("tripped") }), "done")' }),
    });
    const peer = await connected(running, "legacy");
    await textOf(peer, "trip");
    await running.says(/Nobody caught this; slipway serve would have ended\.\nError: tripped/);
    expect(await textOf(peer, "count")).toBe("1");
  });

  test("ends on SIGINT", async () => {
    const { running } = await dev({ "server.ts": server({}) });
    await connected(running, "legacy");
    running.signal("SIGINT");
    expect((await running.finished).code).toBe(0);
  });
});
