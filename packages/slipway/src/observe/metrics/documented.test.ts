import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ATTRIBUTES, type Definition, label, METRICS, prometheusName } from "./definitions.ts";

const page = readFileSync(new URL("../../../../../docs/observe.md", import.meta.url), "utf8");

/** The tables between the marks of the page, without their heads, cell by cell. */
const [metrics = [], attributes = []] = (
  page.split("<!-- metrics -->")[1]?.split("<!-- /metrics -->")[0] ?? ""
)
  .trim()
  .split("\n\n")
  .map((table) =>
    table
      .split("\n")
      .slice(2)
      .map((row) =>
        row
          .split("|")
          .slice(1, -1)
          .map((cell) => cell.trim()),
      ),
  );

const TYPES = { histogram: "histogram", counter: "counter", level: "gauge", bound: "gauge" };
const code = (text: string) => `\`${text}\``;

test("the page has each metric as it is, and no other", () => {
  const made = Object.values<Definition>(METRICS).map((definition) => [
    code(definition.name),
    code(prometheusName(definition)),
    TYPES[definition.kind],
    definition.unit,
    definition.attributes.map(code).join(", ") || "none",
    definition.meaning,
  ]);
  expect(metrics).toEqual(made);
});

test("the page has each attribute as it is, and no other", () => {
  const made = Object.entries<{ meaning: string; values?: readonly string[] }>(ATTRIBUTES).map(
    ([name, { meaning, values = [] }]) => [
      code(name),
      code(label(name)),
      meaning,
      values.map(code).join(", "),
    ],
  );
  expect(attributes).toEqual(made);
  const used = new Set(Object.values<Definition>(METRICS).flatMap((definition) => definition.attributes));
  expect([...used].sort()).toEqual(Object.keys(ATTRIBUTES).sort());
});
