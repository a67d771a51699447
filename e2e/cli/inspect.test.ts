import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Child } from "../support/child.ts";
import { FaultyProxy } from "../support/faulty-proxy.ts";
import { type Foreign, startForeign } from "./foreign.ts";
import { Project } from "./project.ts";

const project = new Project();
afterAll(() => project.remove());

const file = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** Servers that are not ours, and what they speak. */
const FOREIGN = [
  { library: "sdk-v1", transport: "http", shown: "2025-11-25", not: ["2026-07-28"] },
  { library: "sdk-v1", transport: "http+sse", shown: "2025-11-25", not: ["2026-07-28"] },
  { library: "sdk-v1", transport: "stdio", shown: "2025-11-25", not: ["2026-07-28"] },
  { library: "sdk-v2", transport: "http", shown: "2026-07-28", not: [] },
  { library: "sdk-v2", transport: "stdio", shown: "2026-07-28", not: [] },
  { library: "mcp-lite", transport: "http", shown: "2025-03-26", not: ["2026-07-28", "2025-11-25"] },
] as const;

describe.each(FOREIGN)(
  "slipway inspect of a server of $library over $transport",
  ({ library, transport, shown, not }) => {
    let server: Foreign;

    beforeAll(async () => {
      server = await startForeign(library, transport);
    });

    afterAll(() => server.stop());

    test("shows what there is", async () => {
      const { code, stdout } = await project.run(["inspect", ...server.before, ...server.after]);
      expect(code).toBe(0);
      expect(stdout).toMatch(/^foreign 1\.2\.3\n/);
      expect(stdout).toContain(`${shown} (shown here)`);
      for (const version of not) expect(stdout).toContain(`not ${version}`);
      expect(stdout).toMatch(/Tools \(3\)\n {2}add.*\n {4}Adds two numbers\.\n {4}a {2}number {2}required\n/);
      expect(stdout).toMatch(/Resources \(1\)\n {2}note:\/\/today {2}text\/plain {2}note\n/);
      expect(stdout).toMatch(/Prompts \(1\)\n {2}weather\n/);
    });

    test("prints it as JSON", async () => {
      const { code, stdout } = await project.run(["inspect", "--json", ...server.before, ...server.after]);
      expect(code).toBe(0);
      const found = JSON.parse(stdout);
      expect(found).toMatchObject({
        server: { name: "foreign", version: "1.2.3" },
        protocolVersion: shown,
        tools: [{ name: "add" }, { name: "count" }, { name: "confirm" }],
        resources: [{ uri: "note://today" }],
        prompts: [{ name: "weather" }],
        differences: [],
      });
      const spoken = (version: string) =>
        found.revisions.find((one: { version: string }) => one.version === version)?.spoken;
      expect(spoken(shown)).toBe(true);
      for (const version of not) expect(spoken(version)).toBe(false);
    });
  },
);

describe("slipway inspect of a server of ours", () => {
  const stdio = ["--", process.execPath, file("cli/servers/asking.ts"), "--stdio"];
  let child: Child;
  let url: string;

  beforeAll(async () => {
    child = new Child("e2e/cli/servers/asking.ts");
    [url] = await child.says(/http:\S+/);
  });
  afterAll(() => child.stop());

  test.each(["http", "stdio"])("tells of every revision that it speaks over %s", async (over) => {
    const target = over === "http" ? [url] : ["--all", ...stdio];
    const { stdout } = await project.run(["inspect", "--json", ...target]);
    expect(JSON.parse(stdout).revisions).toEqual(
      ["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"].map((version) => ({
        version,
        spoken: true,
      })),
    );
  });

  test.each([
    ["modern", "2026-07-28"],
    ["legacy", "2025-11-25"],
    ["2025-06-18", "2025-06-18"],
  ])("speaks %s when told to", async (revision, version) => {
    const { code, stdout } = await project.run(["inspect", url, "--json", "--revision", revision]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ protocolVersion: version, revisions: [{ version }] });
  });

  test("shows arguments with their types, defaults and choices", async () => {
    const { stdout } = await project.run(["inspect", url]);
    expect(stdout).toMatch(/whole {3,}integer, 1 to 5/);
    expect(stdout).toMatch(/colour {2,}"red" \| "green" {2,}What to paint it with\./);
    expect(stdout).toMatch(/tags {3,}string\[\]/);
    expect(stdout).toMatch(/text {3,}string {2,}required/);
  });

  test("lets no text of the server do anything to the terminal", async () => {
    for (const args of [
      ["inspect", url],
      ["inspect", url, "--json"],
      ["inspect", ...stdio],
    ]) {
      const { stdout, stderr } = await project.run(args);
      expect(stdout).toContain("evil");
      // biome-ignore lint/suspicious/noControlCharactersInRegex: it is about control characters
      expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    }
    const { stdout } = await project.run(["inspect", url, "--json"]);
    expect(JSON.parse(stdout).instructions).toContain("\u001b[2J");
  });

  test("says what only the clients of one era see", async () => {
    const other = new Child("e2e/support/foreign/sdk-v1.ts");
    const proxy = await FaultyProxy.start([url, (await other.says(/http:\S+/))[0]], {
      route: (headers) => (headers["mcp-method"] === undefined ? 1 : 0),
      request: (headers) => {
        delete headers["host"];
      },
    });
    const { stdout } = await project.run(["inspect", proxy.url()]);
    await proxy.close();
    await other.stop();
    expect(stdout).toContain("Only clients of 2025-11-25 see the tools add, count, confirm\n");
    expect(stdout).toMatch(/Only clients of 2026-07-28 see the tools evil, fail, /);
    expect(stdout).not.toContain("see the resources");
  });

  test("sends the headers that it is given", async () => {
    const headers: (string | undefined)[] = [];
    const { createServer } = await import("node:http");
    const http = createServer((request, response) => {
      headers.push(request.headers.authorization, request.headers["x-key"] as string | undefined);
      response.writeHead(401, { "www-authenticate": "Bearer" }).end();
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => http.once("listening", resolve));
    const address = `localhost:${(http.address() as { port: number }).port}/mcp`;
    const { code, stderr } = await project.run(["inspect", address, "-H", "X-Key: k-1"], {
      env: { SLIPWAY_TOKEN: "t-1" },
    });
    http.close();
    expect(code).toBe(1);
    expect(headers.slice(0, 2)).toEqual(["Bearer t-1", "k-1"]);
    expect(stderr).toContain("HTTP status 401");
    expect(stderr).toContain("SLIPWAY_TOKEN");
  });
});

describe("slipway inspect", () => {
  test.each([
    [[], 2, "Expected the URL of a server"],
    [["ftp://example.com"], 2, "http:// or https://"],
    [["http://localhost:1/mcp", "more"], 2, "Expected nothing after the URL"],
    [["'node"], 2, "is not closed"],
    [["--revision", "1999-01-01", "x"], 2, "--revision wants 2026-07-28"],
    [["--timeout", "soon", "x"], 2, "--timeout: expected a duration"],
    [["-H", "nonsense", "x"], 2, "--header wants 'NAME: VALUE'"],
    [["http://127.0.0.1:1/mcp"], 1, "could not be reached"],
    [["no-such-program-anywhere"], 1, "no-such-program-anywhere could not be started"],
    [["./server.js"], 1, 'To run a file of JavaScript or TypeScript, write "node ./server.js".'],
  ])("says what is wrong with %j", async (args, expected, said) => {
    const { code, stdout, stderr } = await project.run(["inspect", ...args]);
    expect({ code, stdout }).toEqual({ code: expected, stdout: "" });
    expect(stderr).toContain(said);
    expect(stderr).not.toContain("    at ");
  });

  test("takes a path that is no endpoint for what it is", async () => {
    const child = new Child("e2e/cli/servers/asking.ts");
    const [url] = await child.says(/http:\S+/);
    const { code, stderr } = await project.run(["inspect", new URL("/", url).href]);
    await child.stop();
    expect(code).toBe(1);
    expect(stderr).toContain(`Most servers have a path, such as ${url}`);
  });
});
