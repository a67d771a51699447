import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { peerAt, textOf } from "./connect.ts";
import { Project } from "./project.ts";
import { serving } from "./serving.ts";

const project = new Project({
  "server.ts": `import { McpServer } from "slipway";
export default new McpServer({ name: "hello", version: "1.0.0" }).tool("greet", { handler: () => "Hello!" });`,
});
afterAll(() => project.remove());

const serve = serving(project);

async function greet(url: URL): Promise<void> {
  const peer = await peerAt(url, "modern");
  expect(await textOf(peer, "greet")).toBe("Hello!");
  await peer.close();
}

const linesOf = (file: string) =>
  readFileSync(join(project.folder, file), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

describe("slipway serve", () => {
  test("logs a line of JSON for each call, with --log json", async () => {
    const { running, url } = await serve("--log", "json");
    await greet(url);
    const { stderr, stdout } = await running.stop();
    expect(stdout).toBe("");
    const lines = stderr.split("\n").filter((line) => line.startsWith("{"));
    expect(lines.map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({ method: "tools/call", tool: "greet", outcome: "complete" }),
    );
  });

  test("logs for people, with --log pretty, from a level on", async () => {
    const loud = await serve("--log", "pretty");
    await greet(loud.url);
    await loud.running.says(/^\S+Z {2}info {3}tools\/call greet: complete {2}.*transport=tcp/m);
    const quiet = await serve("--log", "pretty", "--log-level", "warn");
    await greet(quiet.url);
    await fetch(quiet.url, { method: "PUT" });
    await quiet.running.says(/ {2}warn {3}PUT refused with 405/);
    expect(quiet.running.stderr).not.toContain("greet");
  });

  test("keeps an audit, with --audit", async () => {
    const { running, url } = await serve("--audit", "audit.jsonl");
    await greet(url);
    await running.stop();
    expect(linesOf("audit.jsonl")).toContainEqual(
      expect.objectContaining({ method: "tools/call", tool: "greet", outcome: "complete" }),
    );
  });

  test("gives each of its workers a file for its audit", async () => {
    const { running, url } = await serve("--workers", "2", "--stateless", "--audit", "each.jsonl");
    const peer = await peerAt(url, "modern");
    for (let calls = 0; calls < 4; calls++) await textOf(peer, "greet");
    await running.stop();
    expect(
      ["each.jsonl", "each-1.jsonl", "each-2.jsonl"].map((file) => existsSync(join(project.folder, file))),
    ).toEqual([false, true, true]);
    const calls = [...linesOf("each-1.jsonl"), ...linesOf("each-2.jsonl")].filter(
      ({ tool }) => tool === "greet",
    );
    expect(calls).toHaveLength(4);
  });

  test("serves on for --drain-delay while /ready says that it drains", async () => {
    const { running, url } = await serve("--drain-delay", "3s");
    expect((await fetch(new URL("/ready", url))).status).toBe(200);
    running.signal("SIGTERM");
    await running.says(/SIGTERM: ending/);
    const ready = await fetch(new URL("/ready", url));
    expect([ready.status, await ready.json()]).toMatchObject([503, { status: "draining" }]);
    await greet(url);
    expect((await running.finished).code).toBe(0);
  });

  test.each([
    [["--log", "loud"], '--log: expected off, json or pretty, got "loud".'],
    [["--metrics-port", "here"], "--metrics-port: expected a whole number from 0 to 65535"],
  ])("refuses %j", async (args, message) => {
    const { code, stderr } = await project.run(["serve", "server.ts", ...args]);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });

  test("says so when the port of the metrics is taken, or the audit cannot be written", async () => {
    const { url } = await serve();
    const taken = await project.run(["serve", "server.ts", "--port", "0", "--metrics-port", url.port]);
    expect(taken.stderr).toContain(`error: Metrics cannot be served on 127.0.0.1:${url.port}`);
    expect(taken.code).toBe(1);
    const nowhere = await project.run([
      "serve",
      "server.ts",
      "--port",
      "0",
      "--audit",
      "no/such/folder.jsonl",
    ]);
    expect(nowhere.stderr).toContain("folder.jsonl");
    expect(nowhere.code).toBe(1);
  });
});
