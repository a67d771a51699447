import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Script } from "./script.ts";

const folder = `${import.meta.dirname}/commands`;
const names = readdirSync(folder)
  .filter((file) => file !== "parts.ts")
  .map((file) => file.replace(/\.ts$/, ""));

describe.each(names)("%s", (operation) => {
  const source = readFileSync(`${folder}/${operation}.ts`, "utf8");

  test("holds one operation, named after it", async () => {
    const exported = Object.values(await import(`./commands/${operation}.ts`)) as Script[];
    expect(exported.map(({ name }) => name)).toEqual([operation]);
  });

  test("says at its head what its keys and arguments are, and uses them", () => {
    const [, head = "", body = ""] = /\/\*\*(.*?)\*\/(.*)/s.exec(source) ?? [];
    const named = [...head.matchAll(/(?:KEYS|ARGV)\[\d+/g)].map(([name]) => name);
    const used = [...body.matchAll(/(?:KEYS|ARGV)\[\d+/g)].map(([name]) => name);
    expect(new Set(named).size).toBe(named.length);
    for (const name of used) expect(named).toContain(name);
    // Keys may say no more than where it is done, and lists of arguments are gone through from one on.
    const args = named.filter((name) => name.startsWith("ARGV"));
    if (!/unpack\(ARGV|ipairs\(ARGV|#ARGV/.test(body)) expect(used).toEqual(expect.arrayContaining(args));
  });
});
