import { afterAll, describe, expect, test } from "vitest";
import { Project } from "./project.ts";

const project = new Project({
  "file/slipway.config.json":
    '{ "$schema": "./x.json", "port": 1001, "path": "/file", "host": "::1", "grace": "3s", "allowedHosts": "a" }',
  "module/slipway.config.ts":
    "const port: number = 1002; export default { port, allowedHosts: ['a', 'b'], workers: 'auto' };",
  "both/slipway.config.json": "{}",
  "both/slipway.config.js": "export default {};",
  "typo/slipway.config.json": '{ "prot": 1 }',
  "broken/slipway.config.json": "{",
  "list/slipway.config.js": "export default [];",
  "wrong/slipway.config.json": '{ "grace": 10 }',
  ".env.test": "SLIPWAY_PORT=1003\nSLIPWAY_PATH=/dotenv\n",
});
afterAll(() => project.remove());

type Printed = { [name: string]: { value: unknown; from: string } };

async function printed(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Printed> {
  const { code, stdout, stderr } = await project.run(["serve", "--print-config", "--json", ...args], { env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
}

const FILE = ["--config", "file/slipway.config.json"];

describe("a setting", () => {
  test("comes from a flag, before the environment, before the file, before the default", async () => {
    const env = { SLIPWAY_PORT: "1004", SLIPWAY_PATH: "/env" };
    expect(await printed([...FILE, "--port", "1005"], env)).toMatchObject({
      port: { value: "1005", from: "--port" },
      path: { value: "/env", from: "SLIPWAY_PATH" },
      host: { value: "::1", from: "file/slipway.config.json" },
      grace: { value: "3s", from: "file/slipway.config.json" },
      maxCalls: { value: "10000", from: "default" },
      authIssuer: { value: null, from: "default" },
    });
  });

  test("of the port comes from PORT, too, as platforms set it, behind its own name", async () => {
    expect(await printed([], { PORT: "1006" })).toMatchObject({ port: { value: "1006", from: "PORT" } });
    const both = await printed([], { PORT: "1006", SLIPWAY_PORT: "1007" });
    expect(both).toMatchObject({ port: { value: "1007", from: "SLIPWAY_PORT" } });
  });

  test("comes from a file in TypeScript", async () => {
    expect(await printed(["--config", "module/slipway.config.ts"])).toMatchObject({
      port: { value: 1002 },
      allowedHosts: { value: ["a", "b"] },
      workers: { value: "auto" },
    });
  });

  test("comes from a file of the environment where the environment has none", async () => {
    const env = { SLIPWAY_PORT: "1008" };
    expect(await printed(["--dotenv", ".env.test"], env)).toMatchObject({
      port: { value: "1008" },
      path: { value: "/dotenv", from: "SLIPWAY_PATH" },
    });
  });

  test("that is secret is not shown, nor is a password in a URL", async () => {
    const env = {
      SLIPWAY_STATE_SECRETS: "hush-hush",
      SLIPWAY_AUTH_CLIENT_SECRET: "hush-hush",
      SLIPWAY_STORE: "postgres://me:hush-hush@db/x?sslpassword=hush-hush&a=b",
    };
    const shown = await project.run(["serve", "--print-config"], { env });
    expect(shown.stdout).not.toContain("hush-hush");
    expect(shown.stdout).toContain("postgres://me:(hidden)@db/x?sslpassword=(hidden)&a=b");
    expect(await printed([], env)).toMatchObject({
      stateSecrets: { value: "(hidden)", from: "SLIPWAY_STATE_SECRETS" },
    });
  });

  test.each([
    [["--port", "70000"], {}, '--port: expected a whole number from 0 to 65535, got "70000".'],
    [[], { SLIPWAY_GRACE: "10" }, 'SLIPWAY_GRACE: expected a duration such as 500ms, 10s or 5m, got "10".'],
    [[], { SLIPWAY_STATELESS: "yes" }, 'SLIPWAY_STATELESS: expected true or false, got "yes".'],
    [["--workers", "0"], {}, '--workers: expected a whole number from 1 to 1024, or auto, got "0".'],
    [["--rate", "many"], {}, "--rate: expected how many in what time, such as 120/m (s, m or h)"],
    [["--auth", "yes"], {}, "--auth: expected none, jwt, introspection or keys"],
    [
      ["--config", "wrong/slipway.config.json"],
      {},
      "grace in wrong/slipway.config.json: expected a duration",
    ],
    [
      ["--config", "typo/slipway.config.json"],
      {},
      'sets "prot", and there is no such setting. Did you mean "port"?',
    ],
  ])("that is wrong is complained of, and ends it with code 2: %j %j", async (args, env, message) => {
    const { code, stderr } = await project.run(["serve", "--print-config", ...args], { env });
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });

  test.each([
    ["broken/slipway.config.json", "broken/slipway.config.json is no JSON"],
    ["list/slipway.config.js", "expected an object as its default export"],
    ["gone.json", "There is no file gone.json."],
  ])("cannot come from %s, which ends it with code 1", async (config, message) => {
    const { code, stderr } = await project.run(["serve", "--print-config", "--config", config]);
    expect(stderr).toContain(message);
    expect(code).toBe(1);
  });
});
