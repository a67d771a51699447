import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { settingsOf } from "../src/http/options.ts";

const root = new URL("../../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");

/** Where the documentation of an option stands in the code. */
const SOURCES: { readonly [of: string]: string } = {
  transport: "http/options.ts",
  "`requestState`": "server/seal.ts",
  "`McpServer`": "server/core.ts",
  "`serve`": "node/serve.ts",
  "`serveStdio`": "stdio/serve.ts",
  "`jwt`": "auth/jwt.ts",
  "`introspection`": "auth/introspection.ts",
  "`dpop`": "auth/dpop.ts",
  "`InMemorySessionAdapter`": "stores/memory/session-adapter.ts",
  "`InMemoryClientRequestAdapter`": "stores/memory/client-request-adapter.ts",
};

/** The default that the comment above an option gives. */
function defaultIn(source: string, option: string): string | undefined {
  const at = source.search(new RegExp(`^  ${option}\\??: `, "m"));
  const comment = source.slice(source.lastIndexOf("/**", at), at).replace(/\s*\n\s*\* ?/g, " ");
  return /Default:? (.*?)(?:\. |\.?\s*(?:@\w.*)?\*\/)/.exec(comment)?.[1]?.trim();
}

const rows = [...read("docs/security.md").matchAll(/^\| `(\w+)` \| (.+?) \| (.+?) \|$/gm)].map(
  ([, option = "", of = "", value = ""]) => ({ option, of, value }),
);

test("the security page gives the default of every guard as the code does [2025-11-25/overall/security-documented] [2026-07-28/overall/security-documented]", () => {
  const fromCode = rows.map(({ option, of }) => ({
    option,
    of,
    value: defaultIn(read(`packages/slipway/src/${SOURCES[of]}`), option),
  }));
  expect(rows.length).toBeGreaterThan(15);
  expect(rows).toEqual(fromCode);
});

test("the security page names every bound of the transport that a client can run into", () => {
  const named = new Set(rows.filter(({ of }) => of === "transport").map(({ option }) => option));
  const bounds = Object.keys(settingsOf({})).filter((name) => name.startsWith("max"));
  expect(bounds.filter((name) => !named.has(name))).toEqual([]);
});

test("the bounds that the comments give are those in force", () => {
  const spoken = new Map(rows.map(({ option, value }) => [option, value]));
  const units: { readonly [unit: string]: number } = { MiB: 1024 * 1024, KiB: 1024 };
  for (const [name, value] of Object.entries(settingsOf({}))) {
    if (!name.startsWith("max")) continue;
    const [amount = "", unit = ""] = (spoken.get(name) ?? "").split(" ");
    expect(Number(amount.replaceAll(",", "")) * (units[unit] ?? 1), name).toBe(value);
  }
});
