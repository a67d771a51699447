import { readFileSync } from "node:fs";
import { type Schema, Validator } from "@cfworker/json-schema";

const ROOT = "https://json-schema.org/draft/2020-12/schema";

/** Holds a value to the meta-schema of JSON Schema 2020-12; gives what is wrong with it. */
export function problemsOfSchema(value: unknown): string[] {
  return metaSchema()
    .validate(value)
    .errors.map(({ instanceLocation, error }) => `${instanceLocation}: ${error}`);
}

let cached: Validator | undefined;

function metaSchema(): Validator {
  if (cached !== undefined) return cached;
  const text = readFileSync(new URL("draft-2020-12.json", import.meta.url), "utf8");
  // The validator knows no dynamic references; here each of them leads to the root.
  const [root, ...parts] = JSON.parse(
    text.replaceAll(`"$dynamicRef": "#meta"`, `"$ref": "${ROOT}"`),
  ) as Schema[];
  cached = new Validator(root as Schema, "2020-12", false);
  for (const part of parts) cached.addSchema(part);
  return cached;
}
