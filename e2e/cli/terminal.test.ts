import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { Child } from "../support/child.ts";
import { Terminal } from "../support/terminal.ts";
import { Project, SLIPWAY } from "./project.ts";

// A terminal is shown how it looks to a person, so that what is expected has no colours, which NO_COLOR leaves out.

const server = fileURLToPath(new URL("servers/asking.ts", import.meta.url));
const project = new Project();
const open: Terminal[] = [];

function slipway(...args: string[]): Terminal {
  const env = { BROWSER: join(project.folder, "browser") };
  const terminal = new Terminal(process.execPath, [SLIPWAY, ...args], env, project.folder);
  open.push(terminal);
  return terminal;
}

let child: Child;
let url: string;

beforeAll(async () => {
  child = new Child("e2e/cli/servers/asking.ts");
  [url] = await child.says(/http:\S+/);
  project.write("browser", '#!/bin/sh\necho "$@" >> opened\n');
  const { chmodSync } = await import("node:fs");
  chmodSync(join(project.folder, "browser"), 0o755);
});
afterAll(async () => {
  await child.stop();
  project.remove();
});
afterEach(() => {
  for (const terminal of open.splice(0)) terminal.end();
});

describe.each(["modern", "legacy"])("on a terminal, %s", (revision) => {
  const call = (...args: string[]) => slipway("call", url, "--revision", revision, ...args);

  test("a form is asked for field by field, until each answer fits", async () => {
    const terminal = call("form");
    await terminal.shows(/The server asks: Who are you\?/);
    await terminal.answer(/As in your passport\.\n.*name \(string.*at least 2 characters\): /, "A");
    await terminal.answer(/name wants text, at least 2 characters, got "A"\.\n.*name .*: /, "Ada");
    await terminal.answer(/age \(integer, 0 to 150\): /, "old");
    await terminal.answer(/age wants a whole number.*\n.*age .*: /, "36");
    await terminal.answer(/1\) small\n.*2\) large\n.*size \(a number or a value\): /, "2");
    await terminal.answer(/toppings \(numbers or values.*\): /, "salt, 2");
    await terminal.answer(/news.* \(yes or no\) \[false\]: /, "");
    await terminal.answer(/note, optional \(string\): /, "");
    await terminal.answer(/Send \{"name":"Ada",.*\}\? \[.*\] /, "y");
    await terminal.shows(/accept (.*)\n/);
    expect(await terminal.exitCode()).toBe(0);
    const [, content = ""] = /\naccept (.*)\n/.exec(terminal.screen) ?? [];
    expect(JSON.parse(content)).toEqual({
      name: "Ada",
      age: 36,
      size: "large",
      toppings: ["salt", "sugar"],
      news: false,
    });
  });

  test.each([
    ["/decline", "decline null"],
    ["/cancel", "cancel null"],
  ])("a form is left by %s", async (typed, result) => {
    const terminal = call("sure");
    await terminal.answer(/sure \(yes or no\): /, typed);
    await terminal.shows(new RegExp(result));
    expect(await terminal.exitCode()).toBe(0);
  });

  test.each([
    ["d", "decline null"],
    ["c", "cancel null"],
    ["", 'accept {"sure":true}'],
  ])("what was filled in may still be kept back: %j", async (typed, result) => {
    const terminal = call("sure");
    await terminal.answer(/sure \(yes or no\): /, "yes");
    await terminal.answer(/Send .*\? \[.*\] /, typed);
    await terminal.shows(new RegExp(result.replace(/[{}]/g, "\\$&")));
  });

  test("a form is filled in again when the user wants to", async () => {
    const terminal = call("sure");
    await terminal.answer(/sure \(yes or no\): /, "yes");
    await terminal.answer(/Send \{"sure":true\}\? \[.*\] /, "again");
    await terminal.answer(/sure \(yes or no\): /, "no");
    await terminal.answer(/Send \{"sure":false\}\? \[.*\] /, "yes");
    await terminal.shows(/accept \{"sure":false\}/);
  });

  test("what was answered on the command line is not asked for", async () => {
    const terminal = call("form", "--answer", "name=Ada", "--answer", "age=36", "--answer", "size=small");
    await terminal.answer(/toppings .*: /, "1");
    expect(terminal.screen).not.toContain("passport");
    terminal.end();
  });

  test("a page is opened only when the user agrees, by the user's browser", async () => {
    const refused = call("page");
    await refused.answer(/https:\/\/pay\.example\/order\/1\n.*on pay\.example\.\n.*Open it .*\] /, "no");
    await refused.shows(/decline\n/);
    const terminal = call("page");
    await terminal.answer(/Open it in your browser\? \[.*\] /, "yes");
    await terminal.shows(/accept\n/);
    await vi.waitFor(() =>
      expect(readFileSync(join(project.folder, "opened"), "utf8")).toContain("https://pay.example/order/1\n"),
    );
  });

  test("the user may stand in for the model", async () => {
    const terminal = call("model");
    await terminal.answer(/user: Say a word\.\n.*Answer in its stead.*: /, "Ahoy");
    await terminal.shows(/The model says: .*Ahoy/);
    expect(await terminal.exitCode()).toBe(0);
  });

  test("progress is a bar that goes away", async () => {
    const terminal = call("talk");
    await terminal.shows(/██████░+ 25 % \(1 of 4\) first page/);
    expect(await terminal.exitCode()).toBe(0);
    expect(terminal.screen).toMatch(/\[Kprinted\n$/);
  });

  test("Ctrl-C cancels the call", async () => {
    const before = child.stderr.length;
    const terminal = call("wait");
    await terminal.shows(/1 waiting/);
    terminal.interrupt();
    await terminal.shows(/Cancelling/);
    expect(await terminal.exitCode()).toBe(130);
    await vi.waitFor(() => expect(child.stderr.slice(before)).toContain("The wait was cancelled."));
  });

  test("Ctrl-C in the midst of a question gives the call up, too", async () => {
    const terminal = call("sure");
    await terminal.shows(/sure \(yes or no\): /);
    terminal.interrupt();
    expect(await terminal.exitCode()).toBe(130);
  });

  test("a result cannot do anything to the terminal", async () => {
    const terminal = call("evil");
    expect(await terminal.exitCode()).toBe(0);
    expect(terminal.screen).toContain("\\x1b[2J");
    expect(terminal.screen).not.toContain("\u001b[2J");
    expect(terminal.screen).not.toContain("\u001b]0;");
  });
});

describe("on a terminal", () => {
  test("Ctrl-C reaches a program over stdio as a cancellation, not as a signal", async () => {
    const terminal = slipway(
      "call",
      "wait",
      "--revision",
      "legacy",
      "--",
      process.execPath,
      server,
      "--stdio",
    );
    await terminal.shows(/1 waiting/);
    terminal.interrupt();
    await terminal.shows(/The wait was cancelled\./);
    expect(await terminal.exitCode()).toBe(130);
  });

  test("a second Ctrl-C ends at once, whatever the server does", async () => {
    project.write(
      "deaf.js",
      `import { createServer } from "node:net";
       import { createInterface } from "node:readline";
       process.on("SIGTERM", () => {});
       const server = createServer().listen(0, "127.0.0.1");
       for await (const line of createInterface({ input: process.stdin })) {
         const { id, method } = JSON.parse(line);
         const say = (result) => console.log(JSON.stringify({ jsonrpc: "2.0", id, result }));
         const { version } = { version: "2025-11-25" };
         if (method === "initialize") say({ protocolVersion: version, capabilities: { tools: {} }, serverInfo: { name: "deaf", version: "1" } });
         if (method === "tools/list") say({ tools: [{ name: "any", inputSchema: { type: "object" } }] });
         if (method === "tools/call") console.error("It has begun at " + server.address().port + ".");
       }`,
    );
    const terminal = slipway("call", "any", "--revision", "legacy", "--", process.execPath, "deaf.js");
    await terminal.shows(/It has begun at \d+\./);
    terminal.interrupt();
    await terminal.shows(/Cancelling/);
    terminal.interrupt();
    expect(await terminal.exitCode()).toBe(130);
    // Nor does the program stay, which has not heard of it.
    const port = Number(/begun at (\d+)/.exec(terminal.screen)?.[1]);
    await vi.waitFor(() => expect(fetch(`http://127.0.0.1:${port}`)).rejects.toThrow("fetch failed"));
  });

  test("a call that wants pages opened first is made again when the user has been there", async () => {
    project.write(
      "pages.js",
      `import { createInterface } from "node:readline";
       const [, , version] = process.argv;
       let calls = 0;
       for await (const line of createInterface({ input: process.stdin })) {
         const { id, method } = JSON.parse(line);
         const say = (answer) => console.log(JSON.stringify({ jsonrpc: "2.0", id, ...answer }));
         const elicitations = [{ mode: "url", elicitationId: "1", message: "Log in.", url: "https://login.example/" }];
         if (method === "initialize") say({ result: { protocolVersion: version, capabilities: { tools: {} }, serverInfo: { name: "pages", version: "1" } } });
         if (method === "tools/list") say({ result: { tools: [{ name: "any", inputSchema: { type: "object" } }] } });
         if (method === "tools/call" && calls++ === 0) say({ error: { code: -32042, message: "Log in first.", data: { elicitations } } });
         else if (method === "tools/call") say({ result: { content: [{ type: "text", text: "Welcome." }] } });
       }`,
    );
    const args = ["call", "any", "--revision", "legacy", "--", process.execPath, "pages.js", "2025-11-25"];
    const terminal = slipway(...args);
    await terminal.answer(/https:\/\/login\.example\/\n.*\n.*Open it in your browser\? \[.*\] /, "o");
    await terminal.answer(/Press Enter when you are done there\. /, "");
    await terminal.shows(/Welcome\./);
    expect(await terminal.exitCode()).toBe(0);
    const { code, stderr } = await project.run([...args.slice(0, 2), "--yes", ...args.slice(2)]);
    expect(code).toBe(1);
    expect(stderr).toContain("The server answered with error -32042: Log in first.");
  });

  test("an inspection is wrapped to its width", async () => {
    const terminal = slipway("inspect", url);
    expect(await terminal.exitCode()).toBe(0);
    expect(terminal.screen).toContain("asking 1.0.0");
    expect(Math.max(...terminal.screen.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
  });
});
