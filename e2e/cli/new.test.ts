import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import root from "../../package.json" with { type: "json" };
import { PeerV2 } from "../support/peer-v2.ts";
import { Terminal } from "../support/terminal.ts";
import { textOf } from "./connect.ts";
import { Project, SLIPWAY } from "./project.ts";

const run = promisify(execFile);
const workshop = new Project({ "taken/file.txt": "", "a-file": "", "repository/.git/HEAD": "" });
const open: Terminal[] = [];
afterEach(() => {
  for (const terminal of open.splice(0)) terminal.end();
});
afterAll(() => workshop.remove());

const inWorkshop = (...path: string[]) => join(workshop.folder, ...path);
const manifestOf = (name: string) => JSON.parse(readFileSync(inWorkshop(name, "package.json"), "utf8"));

/** Runs the tests that came with a project, and gives what they say. */
async function ownTests(name: string): Promise<string> {
  const [, file = ""] = (manifestOf(name).scripts.test as string).split("node --test ");
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { stdout } = await run(process.execPath, ["--test", "--test-reporter=tap", file], {
    cwd: inWorkshop(name),
    env,
  });
  return stdout;
}

describe("slipway new", () => {
  test("makes a project whose tests pass, in TypeScript over HTTP", async () => {
    const { code, stdout, stderr } = await workshop.run(["new", "typed"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("cd typed\n  npm install\n  npm run dev");
    expect(readdirSync(inWorkshop("typed")).sort()).toEqual([
      ...[
        ".dockerignore",
        ".gitignore",
        "Dockerfile",
        "README.md",
        "package.json",
        "server.test.ts",
        "server.ts",
      ],
      "tsconfig.json",
    ]);
    expect(manifestOf("typed")).toMatchObject({
      name: "typed",
      scripts: { start: "slipway serve server.ts" },
    });
    expect(await ownTests("typed")).toMatch(/^# pass 3$/m);
  });

  test("makes one in JavaScript over stdio, which a client can start", async () => {
    expect((await workshop.run(["new", "plain", "--js", "--transport", "stdio"])).code).toBe(0);
    expect(existsSync(inWorkshop("plain", "tsconfig.json"))).toBe(false);
    expect(manifestOf("plain").devDependencies).toBeUndefined();
    expect(await ownTests("plain")).toMatch(/^# pass 3$/m);
    const readme = readFileSync(inWorkshop("plain", "README.md"), "utf8");
    expect(readme).toContain('"args": ["slipway", "stdio", "/path/to/plain/server.js"]');
    expect(manifestOf("plain").scripts.start).toBe("slipway stdio server.js");
    const peer = new PeerV2("auto");
    const args = [SLIPWAY, "stdio", "server.js"];
    await peer.connect(
      new StdioClientTransport({ command: process.execPath, args, cwd: inWorkshop("plain") }),
    );
    expect(await textOf(peer, "greet", { name: "Ada" })).toBe("Hello, Ada!");
    await peer.close();
  });

  test("makes one in a folder that is a repository and has nothing else, and below folders that are not there", async () => {
    expect((await workshop.run(["new", "repository"])).code).toBe(0);
    expect((await workshop.run(["new", "deep/below/here"])).code).toBe(0);
    expect(manifestOf("deep/below/here").name).toBe("here");
  });

  test("names packages of the majors that this library is built with", async () => {
    await workshop.run(["new", "versions"]);
    const { dependencies, devDependencies } = manifestOf("versions");
    for (const [name, range] of Object.entries({ zod: dependencies.zod, ...devDependencies })) {
      const [major] = (root.devDependencies as { [name: string]: string })[name]?.split(".") ?? [];
      expect([name, range]).toEqual([name, `^${major}.0.0`]);
    }
  });

  test.each([
    [["taken"], 1, "The folder taken is not empty: it has file.txt. Choose another name."],
    [["a-file"], 1, "a-file is a file."],
    [["My Server"], 2, "expected a name of a-z, 0-9"],
    [["../.hidden"], 2, "expected a name of a-z, 0-9"],
    [["_x"], 2, "expected a name of a-z, 0-9"],
    [["slipway"], 2, '"slipway" is the name of a package that the project needs'],
    [["x".repeat(101)], 2, "at most 100 characters"],
    [[], 2, "Which name?"],
    [["a", "b"], 2, "Expected one name, got 2: a b."],
    [["fresh", "--transport", "pigeon"], 2, '--transport: expected http or stdio, got "pigeon".'],
  ])("refuses %j, and makes nothing", async (args, code, message) => {
    const before = readdirSync(workshop.folder);
    const finished = await workshop.run(["new", ...args]);
    expect(finished.stderr).toContain(message);
    expect(finished.code).toBe(code);
    expect(readdirSync(workshop.folder)).toEqual(before);
    expect(readdirSync(inWorkshop("taken"))).toEqual(["file.txt"]);
  });
});

describe("slipway new on a terminal", () => {
  const slipway = (...args: string[]) => {
    const terminal = new Terminal(process.execPath, [SLIPWAY, ...args], {}, workshop.folder);
    open.push(terminal);
    return terminal;
  };

  test("asks for what is not given, until each answer will do", async () => {
    const terminal = slipway("new");
    await terminal.answer(/What is it to be called\? /, "No Name");
    await terminal.answer(/expected a name of a-z[\s\S]*What is it to be called\? /, "asked");
    await terminal.answer(
      /http +at an address[\s\S]*stdio +each starts it[\s\S]*How do clients reach it\? \(http\) /,
      "phone",
    );
    await terminal.answer(
      /Expected http or stdio, got "phone"[\s\S]*How do clients reach it\? \(http\) /,
      "stdio",
    );
    await terminal.answer(/In which language\? \(ts\) /, "");
    expect(await terminal.exitCode()).toBe(0);
    expect(manifestOf("asked").scripts.start).toBe("slipway stdio server.ts");
  });

  test("asks for nothing that is given, nor anything with --yes", async () => {
    const terminal = slipway("new", "given", "--yes");
    expect(await terminal.exitCode()).toBe(0);
    expect(terminal.screen).not.toContain("?");
    expect(manifestOf("given").scripts.start).toBe("slipway serve server.ts");
  });

  test("makes nothing when Ctrl+C is pressed", async () => {
    const terminal = slipway("new", "given-up");
    await terminal.shows(/How do clients reach it\?/);
    terminal.interrupt();
    expect(await terminal.exitCode()).toBe(1);
    expect(terminal.screen).toContain("Nothing was made.");
    expect(existsSync(inWorkshop("given-up"))).toBe(false);
  });
});
