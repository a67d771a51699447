import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Child } from "../support/child.ts";
import { type Foreign, startForeign } from "./foreign.ts";
import { type Finished, Project } from "./project.ts";

const project = new Project();
afterAll(() => project.remove());

const file = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

const FOREIGN = [
  { library: "sdk-v1", transport: "http" },
  { library: "sdk-v1", transport: "http+sse" },
  { library: "sdk-v1", transport: "stdio" },
  { library: "sdk-v2", transport: "http" },
  { library: "sdk-v2", transport: "stdio" },
  { library: "mcp-lite", transport: "http" },
] as const;

describe.each(FOREIGN)("slipway call of a server of $library over $transport", ({ library, transport }) => {
  let server: Foreign;

  beforeAll(async () => {
    server = await startForeign(library, transport);
  });

  afterAll(() => server.stop());

  const call = (...args: string[]) => project.run(["call", ...server.before, ...args, ...server.after]);

  test("gives arguments their types, and prints the result", async () => {
    expect(await call("add", "--arg", "a=2", "-a", "b=3.5", "--json")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('"sum": 5.5'),
      stderr: "",
    });
    expect(await call("add", '{"a": 2, "b": 3}')).toMatchObject({ code: 0, stdout: '5\n{\n  "sum": 5\n}\n' });
  });

  test("shows progress", async () => {
    const { code, stdout, stderr } = await call("count");
    expect({ code, stdout }).toEqual({ code: 0, stdout: "three\n" });
    expect(stderr).toContain("progress: 33 % (1 of 3)\n");
    expect(stderr).toContain("progress: 100 % (3 of 3)\n");
  });

  test("answers a question by --answer, and declines it where there is nobody to be asked", async () => {
    expect(await call("confirm", "--arg", "item=all", "--answer", "sure=yes")).toMatchObject({
      code: 0,
      stdout: "Deleted all.\n",
      stderr: "The server asks: Delete all?\n",
    });
    const { stdout, stderr } = await call("confirm", "--arg", "item=all");
    expect(stderr).toContain("--answer sure=… (yes or no)");
    // One of them asks until the user agrees, or its client has enough.
    if (library === "sdk-v2") expect(stderr).toContain("asks again and again what was declined");
    else expect(stdout).toBe("Kept all.\n");
  });

  test("reads resources, and gets prompts", async () => {
    expect(await call("--resource", "note://today")).toMatchObject({ code: 0, stdout: "It rains.\n" });
    expect(await call("--prompt", "weather")).toMatchObject({
      code: 0,
      stdout: "user: How is the weather?\n",
    });
  });
});

describe.each(["modern", "legacy"])("slipway call of a server of ours, %s", (revision) => {
  let child: Child;
  let url: string;

  beforeAll(async () => {
    child = new Child("e2e/cli/servers/asking.ts");
    [url] = await child.says(/http:\S+/);
  });
  afterAll(() => child.stop());

  const call = (...args: string[]): Promise<Finished> =>
    project.run(["call", "--revision", revision, url, ...args]);

  test("reads each argument as the schema says", async () => {
    const given = ["text=1", "whole=2", "part=.5", "flag=true", "colour=green", "tags=1", "tags=x"];
    const more = ["sizes=[3,4]", "inner.deep=7", "either=5"];
    const args = [...given, ...more].flatMap((one) => ["--arg", one]);
    expect(JSON.parse((await call("types", ...args)).stdout)).toEqual({
      text: "1",
      whole: 2,
      part: 0.5,
      flag: true,
      colour: "green",
      tags: ["1", "x"],
      sizes: [3, 4],
      inner: { deep: 7 },
      either: 5,
    });
  });

  test.each([
    [["whole=x"], '--arg whole wants integer, 1 to 5, got "x".'],
    [["whole=7"], '--arg whole wants integer, 1 to 5, got "7".'],
    [["whole=1.5"], "--arg whole wants integer"],
    [["flag=maybe"], '--arg flag wants boolean, got "maybe".'],
    [["colour=blue"], '--arg colour wants "red" | "green", got "blue".'],
    [["text=a", "text=b"], "--arg text was given 2 times, and is no list."],
    [["inner.deep=x"], '--arg inner.deep wants integer, got "x".'],
    [[], "types also wants --arg text=… (string)."],
    [
      ["txt=a"],
      "(string). The schema of types has no argument txt (did you mean text?); it has text (string), whole",
    ],
  ])("refuses %j, and says what is expected", async (args, said) => {
    const { code, stdout, stderr } = await call("types", ...args.flatMap((one) => ["--arg", one]));
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(said);
  });

  test("says which arguments the schema does not know, and sends them all the same", async () => {
    const said = "it has text (string), whole (integer, 1 to 5), part (number), flag (boolean), ";
    const one = await call("types", "--arg", "text=a", "--arg", "colr=red");
    expect(one).toMatchObject({ code: 0, stdout: '{"text":"a"}\n' });
    expect(one.stderr).toContain(
      `The schema of types has no argument colr (did you mean colour?); ${said}colour ("red" | "green"), `,
    );
    expect(one.stderr).toMatch(/\. Sent all the same\.\n$/);
    const two = await call("types", '{"text": "a", "flags": 1, "\\u001b[2J": 2}');
    expect(two).toMatchObject({ code: 0, stdout: '{"text":"a"}\n' });
    expect(two.stderr).toContain(`has no arguments flags (did you mean flag?), \\x1b[2J; ${said}`);
    const open = await call("open", "--arg", "text=a", "--arg", "more=1");
    expect(open).toMatchObject({ code: 0, stdout: '{"text":"a","more":1}\n', stderr: "" });
  });

  test("takes JSON from standard input", async () => {
    const args = ["call", "--revision", revision, url, "types", "-"];
    const { stdout } = await project.run(args, { input: '{"text": "piped"}' });
    expect(stdout).toBe('{"text":"piped"}\n');
  });

  test("ends with code 1 when the tool says that it failed", async () => {
    const { code, stdout, stderr } = await call("fail");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "There is no paper in it.\n" });
    expect(stderr).toContain("failed");
    expect(await call("fail", "--json")).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('"isError": true'),
    });
  });

  test("names the tool that was probably meant", async () => {
    const { code, stderr } = await call("tpyes");
    expect(code).toBe(1);
    expect(stderr).toContain('The server has no tool "tpyes". Did you mean types?');
  });

  test("shows the server's log on standard error, from the level that is asked for", async () => {
    const { stdout, stderr } = await call("talk");
    expect(stdout).toBe("printed\n");
    expect(stderr).toContain("[info] The paper is in.\n");
    expect(stderr).toContain("progress: 25 % (1 of 4) first page\n");
    expect(stderr).not.toContain("drawer");
    expect((await call("talk", "--log", "debug")).stderr).toContain("[debug] The drawer is open.\n");
    expect((await call("talk", "--quiet")).stderr).toBe("");
  });

  test("saves pictures, and overwrites nothing", async () => {
    expect((await call("picture")).stdout).toMatch(
      /^\[image, image\/png, \d+ bytes; --out FOLDER saves it\]\n$/,
    );
    const out = join(project.folder, `out-${revision}`);
    for (const name of ["picture-1.png", "picture-2.png"]) {
      const { stdout } = await call("picture", "--out", out);
      expect(stdout).toContain(`saved as ${join(out, name)}`);
      expect(readFileSync(join(out, name)).subarray(1, 4).toString()).toBe("PNG");
    }
  });

  test("answers forms by --answer, each answer in its field's type", async () => {
    const answers = ["name=Ada", "age=36", "size=large", "toppings=salt", "toppings=sugar"];
    const { stdout, stderr } = await call("form", ...answers.flatMap((one) => ["--answer", one]));
    expect(stdout).toMatch(/^accept /);
    expect(JSON.parse(stdout.slice("accept ".length))).toEqual({
      name: "Ada",
      age: 36,
      size: "large",
      toppings: ["salt", "sugar"],
      news: false,
    });
    expect(stderr).toBe("The server asks: Who are you?\n");
  });

  test("declines a form that the answers do not fit, or do not fill", async () => {
    const wrong = await call("form", "--answer", "age=old");
    expect(wrong.stdout).toBe("decline null\n");
    expect(wrong.stderr).toContain('Declined: age wants a whole number, 0 to 150, got "old".');
    const { stdout, stderr } = await call("form", "--answer", "name=Ada", "--answer", "size=large");
    expect(stdout).toBe("decline null\n");
    expect(stderr).toContain("--answer age=…");
    expect(stderr).not.toContain("--answer name=…");
    expect((await call("sure", "--decline", "--answer", "sure=yes")).stdout).toBe("decline null\n");
  });

  test("says which answers nothing has asked for", async () => {
    const { stdout, stderr } = await call("sure", "--answer", "sure=no", "--answer", "sur=yes");
    expect(stdout).toBe('accept {"sure":false}\n');
    expect(stderr).toContain("Nothing asked for sur.");
  });

  test("agrees to a page only when told to, and shows where it is", async () => {
    const { stdout, stderr } = await call("page");
    expect(stdout).toBe("decline\n");
    expect(stderr).toContain("https://pay.example/order/1\n");
    expect(stderr).toContain("It is on pay.example.");
    expect((await call("page", "--yes")).stdout).toBe("accept\n");
  });

  test("has a model only where an answer is given", async () => {
    expect((await call("model")).stdout).toBe("There is no model.\n");
    expect((await call("model", "--sample", "Ahoy")).stdout).toBe(
      'The model says: {"type":"text","text":"Ahoy"}\n',
    );
  });

  test("tells the server of folders", async () => {
    expect((await call("folders")).stdout).toBe("There are none.\n");
    mkdirSync(join(project.folder, "work"), { recursive: true });
    const { stdout } = await call("folders", "--root", "work");
    const uri = pathToFileURL(join(project.folder, "work")).href;
    expect(JSON.parse(stdout)).toEqual([{ uri, name: "work" }]);
  });

  test("follows a call that becomes a task to its end", async () => {
    const { code, stdout, stderr } = await call("job", "--answer", "sure=yes");
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'done: accept {"sure":true}\n' });
    expect(stderr).toMatch(/task \S+ is (working|input_required)/);
  });

  test("gives what the server says to a pipe as it is, and to people as text", async () => {
    const { stdout, stderr } = await call("evil");
    expect(stdout).toContain("\u001b[2J");
    expect(stderr).toContain("\\x1b[2J");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is about control characters
    expect(stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });
});

describe("slipway call", () => {
  const program = `${process.execPath} ${file("cli/servers/asking.ts")} --stdio`;

  test.each([
    [[], "Expected the URL of a server"],
    [["http://localhost:1/mcp"], "Expected the name of a tool"],
    [["http://localhost:1/mcp", "a", "{}", "more"], "stands in quotes, or behind a --"],
    [["http://localhost:1/mcp", "a", "--arg", "x"], '--arg wants NAME=VALUE, got "x".'],
    [["http://localhost:1/mcp", "a", "--log", "loud"], "--log wants one of debug"],
    [["http://localhost:1/mcp", "a", "--resource", "x:y"], "Expected no tool beside"],
    [["--resource", "x:y", "--prompt", "z", "http://localhost:1/mcp"], "not both"],
    [[program, "types", "{"], "The arguments are no JSON"],
    [[program, "types", "[1]"], "The arguments must be a JSON object"],
  ])("says what is wrong with %j", async (args, said) => {
    const { code, stdout, stderr } = await project.run(["call", ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(said);
  });

  test("takes a command in quotes, gives it variables, and shows what it writes to standard error", async () => {
    const said = 'console.error(process.env.GREETING + "\\u001b[2J"); process.exit(3)';
    project.write("says.js", said);
    const { code, stderr } = await project.run([
      "call",
      `${process.execPath} says.js`,
      "any",
      "--env",
      "GREETING=Ahoy",
      "--revision",
      "legacy",
    ]);
    expect(code).toBe(1);
    expect(stderr).toContain("Ahoy\\x1b[2J\n");
    expect(stderr).toContain("ended with code 3");
  });

  test("prints an error of the protocol in words", async () => {
    const { code, stdout, stderr } = await project.run(["call", program, "--resource", "note://none"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/The server answered with error -32\d+: /);
    expect(existsSync(join(project.folder, "note:"))).toBe(false);
  });
});
