import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { entries, PARTS, text } from "./page.ts";

const tested = globSync("*.test.ts", { cwd: import.meta.dirname }).flatMap((file) =>
  [...readFileSync(`${import.meta.dirname}/${file}`, "utf8").matchAll(/^symptom\("([^"]+)"/gm)].map(
    ([, name]) => name,
  ),
);

test("each entry of docs/symptoms.md is tried, and once", () => {
  expect([...tested].sort()).toEqual([...entries.keys()].sort());
});

test("each entry says what is seen, how to make sure, why, what to do, and how it is seen to have helped", () => {
  for (const { heading, parts } of entries.values())
    expect([heading, ...parts.keys()]).toEqual([heading, ...PARTS]);
});

test("each entry is found from the table, under the link that its heading has", () => {
  const links = [...text.matchAll(/\[([^\]]+)\]\(#([^)]+)\)/g)];
  for (const heading of entries.keys()) {
    const anchor = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\d _-]/gu, "")
      .replaceAll(" ", "-");
    expect(links.map(([, name, to]) => [name, to])).toContainEqual([heading, anchor]);
  }
});

test("each alert is found from the table of alerts", () => {
  const rules = readFileSync(new URL("../../deploy/prometheus/slipway.rules.yml", import.meta.url), "utf8");
  const alerts = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name]) => name);
  expect(alerts.length).toBeGreaterThan(0);
  const listed = [...text.matchAll(/^\| `(Slipway\w+)` \|/gm)].map(([, name]) => name);
  expect(listed).toEqual(alerts);
});
