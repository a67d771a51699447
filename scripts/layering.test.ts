import { describe, expect, test } from "vitest";
import { findings } from "./layering.ts";

const judge = (files: Record<string, string>) =>
  findings(new Map(Object.entries(files)), { packages: ["@cfworker/json-schema"] });

describe("imports between rooms", () => {
  test.each([
    ["protocol/jsonrpc.ts", "../server/index.ts", "protocol may import only itself"],
    ["ports/session.ts", "../server/index.ts", "ports may import only itself, protocol"],
    ["server/call.ts", "../http/exchange.ts", "server may import only itself, ports, protocol"],
    ["http/exchange.ts", "../server/registry.ts", "http may import only itself, server/index.ts"],
    ["http/exchange.ts", "../node/index.ts", "http may import only itself"],
    ["node/index.ts", "../server/dispatch.ts", "node may import only itself, http, server/index.ts"],
    ["stores/redis/session.ts", "../../server/index.ts", "stores may import only itself, ports, protocol"],
    ["auth/jwt.ts", "../http/guards.ts", "auth may import only itself, http/http-error, server/index.ts"],
    ["client/http.ts", "../ports/session.ts", "client may import only itself, protocol"],
    ["testing/index.ts", "../stores/memory/index.ts", "testing may import only itself, ports, protocol"],
    ["server/index.ts", "../cli/main.ts", "server may import only itself"],
    ["index.ts", "./node/index.ts", "the main entry point leaves out node/"],
    ["index.ts", "./stdio/index.ts", "the main entry point leaves out stdio/"],
    ["index.ts", "./cli/main.ts", "the main entry point leaves out cli/"],
  ])("%s may not import %s", (path, specifier, reason) => {
    expect(judge({ [path]: `import { a } from "${specifier}";` })).toEqual([
      expect.stringContaining(`${path}:1: imports "${specifier}", but ${reason}`),
    ]);
  });

  test.each([
    ["protocol/eras/legacy/open.ts", "../../jsonrpc.ts"],
    ["ports/session.ts", "../protocol/index.ts"],
    ["http/exchange.ts", "../server/index.ts"],
    ["node/index.ts", "../http/exchange.ts"],
    ["stores/memory/session.ts", "../../ports/session.ts"],
    ["fetch.ts", "./http/exchange.ts"],
    ["cli/main.ts", "../stores/redis/session.ts"],
    ["index.ts", "./server/index.ts"],
    ["index.ts", "./fetch.ts"],
  ])("%s may import %s", (path, specifier) => {
    expect(judge({ [path]: `import { a } from "${specifier}";` })).toEqual([]);
  });

  test.each([
    'import type { A } from "../server/index.ts";',
    'export * from "../server/index.ts";',
    'export { a } from "../server/index.ts";',
    'import "../server/index.ts";',
    'const a = await import("../server/index.ts");',
    'type A = import("../server/index.ts").A;',
    'import a = require("../server/index.ts");',
    'import {\n  a,\n  b,\n} from "../server/index.ts";',
  ])("every form of import counts: %s", (text) => {
    expect(judge({ "protocol/a.ts": text })).toHaveLength(1);
  });

  test("a module of Node's counts by whatever way it is had", () => {
    const text = 'const { a } = process.getBuiltinModule("node:http");';
    expect(judge({ "http/a.ts": text })).toHaveLength(1);
    expect(judge({ "node/a.ts": text })).toEqual([]);
  });

  test("an import in a comment or a string is none", () => {
    const text = '// import "../server/index.ts"\nexport const a = \'import "../server/index.ts"\';';
    expect(judge({ "protocol/a.ts": text })).toEqual([]);
  });

  test("a room missing from the table is reported", () => {
    expect(judge({ "extras/a.ts": "export {};" })).toEqual([
      expect.stringContaining('"extras" is no known room'),
    ]);
  });

  test("tests may import anything", () => {
    expect(judge({ "protocol/a.test.ts": 'import "../server/index.ts";\nimport "vitest";' })).toEqual([]);
  });
});

describe("imports from outside", () => {
  test.each(["server/a.ts", "index.ts", "stores/redis/a.ts"])("%s may not use Node's modules", (path) => {
    expect(judge({ [path]: 'import { join } from "node:path";' })).toEqual([
      expect.stringContaining("Node's modules may be used only in"),
    ]);
  });

  test.each(["node/a.ts", "stdio/a.ts", "cli/a.ts", "stores/sqlite/a.ts"])("%s may use them", (path) => {
    expect(judge({ [path]: 'import { join } from "node:path";' })).toEqual([]);
  });

  test("a package has to be declared", () => {
    expect(judge({ "server/a.ts": 'import { z } from "zod/v4";' })).toEqual([
      expect.stringContaining('"zod" is neither a dependency nor a peer'),
    ]);
    expect(judge({ "server/a.ts": 'import { Validator } from "@cfworker/json-schema";' })).toEqual([]);
  });
});

describe("protocol versions", () => {
  test.each([
    'export const v = "2025-11-25";',
    "export const v = `from 2026-07-28 on`;",
    'export type V = "2024-11-05";',
    'export const v = { "2025-06-18": 1 };',
  ])("are not named outside protocol/eras: %s", (text) => {
    expect(judge({ "server/a.ts": text })).toEqual([expect.stringContaining("names a protocol version")]);
    expect(judge({ "protocol/erasure.ts": text })).toHaveLength(1);
    expect(judge({ "protocol/eras/modern/a.ts": text })).toEqual([]);
    expect(judge({ "server/a.test.ts": text })).toEqual([]);
  });

  test("may be named in comments", () => {
    expect(judge({ "server/a.ts": '/** Since "2025-11-25". */\nexport const a = 1; // 2026-07-28' })).toEqual(
      [],
    );
  });
});

test("a file that cannot be parsed is reported", () => {
  expect(judge({ "server/a.ts": "const = 1;" })).toEqual([
    expect.stringContaining("server/a.ts: cannot be parsed"),
  ]);
});
