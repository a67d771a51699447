import { globSync, readFileSync } from "node:fs";
import * as slipway from "slipway";
import { ERROR_CODES, type ErrorName, McpServer } from "slipway";
import { limits } from "slipway/limits";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { recordingLogger } from "./recording-logger.ts";
import { META, openWire, type Reply, type Wire } from "./support/index.ts";

const root = new URL("../../../", import.meta.url);
const page = readFileSync(new URL("docs/errors.md", root), "utf8");

/** The rows of the table under a heading, by the names of its columns. */
function tableUnder(heading: string): { [column: string]: string }[] {
  const section = page.split(/^## /m).find((text) => text.startsWith(heading)) ?? "";
  const [head = [], , ...rows] = section
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  return rows.map((cells) => Object.fromEntries(cells.map((cell, index) => [head[index], cell])));
}

const documented = tableUnder("JSON-RPC error codes").map((row) => ({
  name: row["name"]?.replaceAll("`", "") as ErrorName,
  code: Number(row["code"]),
  when: row["when"] ?? "",
  modern: row["status, modern"] ?? "",
  legacy: row["status, legacy"] ?? "",
  remedy: row["what to do"] ?? "",
}));

function makeServer() {
  return new McpServer({ name: "failing", version: "1.0.0", logger: recordingLogger() })
    .tool("elicit", {
      handler: async (_args, ctx) => (await ctx.elicit({ message: "?", schema: z.object({}) })).action,
    })
    .tool("scarce", { handler: () => "here" })
    .resource("test://fails", {
      handler: () => {
        throw new Error("secret");
      },
    });
}

/** The first request of all is refused. */
const USED_UP = { burst: 1e-9, intervalMs: 60_000 };

type Provoke = ((wire: Wire) => Promise<Reply>) | undefined;

/** How a client comes by each error; the type makes sure that none is left out and none is made up. */
const PROVOKED: { readonly [name in ErrorName]: { readonly modern: Provoke; readonly legacy: Provoke } } = {
  PARSE_ERROR: { modern: (wire) => wire.send("{").reply(), legacy: (wire) => wire.send("{").reply() },
  INVALID_REQUEST: {
    modern: (wire) => wire.send({ ...wire.message("tools/list"), jsonrpc: "1.0" }).reply(),
    legacy: (wire) => wire.send([wire.message("ping")]).reply(),
  },
  METHOD_NOT_FOUND: {
    modern: (wire) => wire.request("prompts/list"),
    legacy: (wire) => wire.request("prompts/list"),
  },
  INVALID_PARAMS: { modern: (wire) => wire.callTool("nope"), legacy: (wire) => wire.callTool("nope") },
  INTERNAL_ERROR: {
    modern: (wire) => wire.request("resources/read", { uri: "test://fails" }),
    legacy: (wire) => wire.request("resources/read", { uri: "test://fails" }),
  },
  RESOURCE_NOT_FOUND: {
    modern: undefined,
    legacy: (wire) => wire.request("resources/read", { uri: "test://nope" }),
  },
  HEADER_MISMATCH: {
    modern: (wire) => wire.request("tools/list", {}, { headers: { "mcp-method": "tools/call" } }),
    legacy: undefined,
  },
  MISSING_REQUIRED_CLIENT_CAPABILITY: { modern: (wire) => wire.callTool("elicit"), legacy: undefined },
  LIMIT_EXCEEDED: { modern: (wire) => wire.callTool("scarce"), legacy: (wire) => wire.callTool("scarce") },
  UNSUPPORTED_PROTOCOL_VERSION: {
    modern: (wire) =>
      wire.request(
        "tools/list",
        {},
        {
          meta: { [META.protocolVersion]: "2099-01-01" },
          headers: { "mcp-protocol-version": "2099-01-01" },
        },
      ),
    legacy: (wire) => wire.request("tools/list", {}, { headers: { "mcp-protocol-version": "2099-01-01" } }),
  },
};

test("the page documents every code under its name, and no other", () => {
  expect(Object.fromEntries(documented.map(({ name, code }) => [name, code]))).toEqual(ERROR_CODES);
  expect(documented).toHaveLength(Object.keys(ERROR_CODES).length);
});

test("every code says when it comes and what to do", () => {
  for (const { name, when, remedy } of documented) {
    expect(when, name).toMatch(/^[A-Z`].+\.$/);
    expect(remedy, name).toMatch(/^[A-Z`].+\.$/);
  }
});

describe.each(["node", "fetch"] as const)("over %s", (transport) => {
  test.each(documented)("$name is sent as documented", async ({ name, code, modern, legacy }) => {
    for (const era of ["modern", "legacy"] as const) {
      const status = era === "modern" ? modern : legacy;
      const provoke = PROVOKED[name][era];
      expect(status === "–", `${name} in ${era}`).toBe(provoke === undefined);
      if (provoke === undefined) continue;
      const wire = await openWire(makeServer(), {
        transport,
        era: era === "modern" ? "modern" : "2025-11-25",
        capabilities: {},
        limits: limits({ tools: { scarce: { rate: USED_UP } } }),
      });
      const reply = await provoke(wire);
      expect(reply.error.code, `${name} in ${era}`).toBe(code);
      expect(status.match(/\d{3}/g), `${name} in ${era}`).toContain(String(reply.status));
      // What the page says first is what usually comes.
      expect(status.startsWith(String(reply.status)), `${name} in ${era}: ${reply.status}`).toBe(true);
    }
  });
});

test("an unknown resource has the code that each era's column says", async () => {
  const [modern, legacy] = [
    await openWire(makeServer(), { transport: "fetch" }),
    await openWire(makeServer(), { transport: "fetch", era: "2025-11-25" }),
  ];
  const read = async (wire: Wire) => (await wire.request("resources/read", { uri: "test://nope" })).error;
  expect(await read(modern)).toMatchObject({
    code: ERROR_CODES.INVALID_PARAMS,
    data: { uri: "test://nope" },
  });
  expect(await read(legacy)).toMatchObject({
    code: ERROR_CODES.RESOURCE_NOT_FOUND,
    data: { uri: "test://nope" },
  });
});

const sources = globSync("packages/slipway/src/{http,node}/**/*.ts", { cwd: root }).filter(
  (file) => !file.endsWith(".test.ts"),
);

test("the page documents every status with which HTTP refuses, and no other", () => {
  const thrown = new Set<string>();
  for (const file of sources) {
    const source = readFileSync(new URL(file, root), "utf8");
    for (const [, status] of source.matchAll(/HttpError\(\s*(\d{3})/g)) thrown.add(status as string);
  }
  expect(thrown.size).toBeGreaterThan(5);
  const rows = tableUnder("HTTP statuses");
  expect(rows.map((row) => row["status"]).toSorted()).toEqual([...thrown].toSorted());
});

test("every code that the sources use has a name in the table", () => {
  const codes: readonly number[] = Object.values(ERROR_CODES);
  for (const file of globSync("packages/slipway/src/**/*.ts", { cwd: root })) {
    if (file.endsWith(".test.ts") || file.endsWith("protocol/errors.ts")) continue;
    const code = readFileSync(new URL(file, root), "utf8").replaceAll(
      /\/\*[\s\S]*?\*\/|\/\/.*|`[^`]*`|"[^"]*"/g,
      "",
    );
    for (const [literal] of code.matchAll(/-32\d{3}\b/g)) {
      // The edges of ranges that are reserved, and the code of 2025-11-25 that is never sent.
      if (["-32000", "-32099", "-32042"].includes(literal)) continue;
      expect(codes, `${file}: ${literal}`).toContain(Number(literal));
    }
  }
});

test("the page documents every error class that the package exports, and no other", () => {
  const classes = Object.entries(slipway)
    .filter(([, value]) => typeof value === "function" && value.prototype instanceof Error)
    .map(([name]) => name);
  const rows = tableUnder("Error classes").map((row) => row["class"]?.replaceAll("`", ""));
  expect(rows.toSorted()).toEqual(classes.toSorted());
});
