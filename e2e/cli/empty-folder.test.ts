import { execFile, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { addressOf } from "./connect.ts";
import { Running } from "./project.ts";

const exec = promisify(execFile);
const packageFolder = fileURLToPath(new URL("../../packages/slipway", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "slipway-from-nothing-"));
const project = join(folder, "my-server");
const started: Running[] = [];

// As a user's: this Node, and of this repository nothing.
const { NO_COLOR: _, FORCE_COLOR: __, NODE_TEST_CONTEXT: ___, ...inherited } = process.env;
const env = {
  ...inherited,
  PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
  npm_config_loglevel: "error",
};
const run = (program: string, args: string[], cwd = project) => exec(program, args, { cwd, env });

function start(program: string, args: string[], more: NodeJS.ProcessEnv = {}): Running {
  const running = new Running(spawn(program, args, { cwd: project, env: { ...env, ...more } }));
  started.push(running);
  return running;
}

afterEach(async () => {
  for (const running of started.splice(0)) {
    running.signal("SIGKILL");
    await running.finished;
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SLIPWAY = join(project, "node_modules/.bin/slipway");
const FAST = ["--prefer-offline", "--no-audit", "--no-fund"];

describe("from an empty folder", () => {
  test("a server is made, installed, tested, served, called and changed", { timeout: 240_000 }, async () => {
    const packed = await exec("npm", ["pack", "--json", "--pack-destination", folder], {
      cwd: packageFolder,
      env,
    });
    const tarball = join(folder, JSON.parse(packed.stdout)[0].filename);

    await run(
      "npm",
      ["exec", "--yes", ...FAST, `--package=${tarball}`, "--", "slipway", "new", "my-server", "--yes"],
      folder,
    );
    await run("npm", ["install", ...FAST, tarball]);

    expect((await run("npm", ["test"])).stdout).toMatch(/pass 3\b/);
    await run("npm", ["run", "typecheck"]);

    const dev = start(SLIPWAY, ["dev", "server.ts", "--port", "0"]);
    const { href } = await addressOf(dev);
    const call = async () => (await run(SLIPWAY, ["call", href, "greet", "--arg", "name=Ada"])).stdout;
    expect(await call()).toBe("Hello, Ada!\n");
    expect((await run(SLIPWAY, ["inspect", href])).stdout).toContain("plan-trip");

    const file = join(project, "server.ts");
    writeFileSync(file, readFileSync(file, "utf8").replace("Hello, $", "Ahoy, $"));
    await dev.says(/Loaded anew/);
    expect(await call()).toBe("Ahoy, Ada!\n");
    expect((await dev.stop()).code).toBe(0);

    // What the image runs.
    const dockerfile = readFileSync(join(project, "Dockerfile"), "utf8");
    const [program, ...args] = JSON.parse(/^CMD (.*)$/m.exec(dockerfile)?.[1] ?? "") as [string, ...string[]];
    const served = start(join(project, program), args, { SLIPWAY_PORT: "0", NODE_ENV: "production" });
    const url = await addressOf(served);
    expect((await fetch(new URL("/health", url))).status).toBe(200);
    expect((await served.stop()).code).toBe(0);
  });
});
