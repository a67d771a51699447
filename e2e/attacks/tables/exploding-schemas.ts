import { McpServer } from "slipway";
import type { Attack } from "../attack.ts";
import { tool } from "../requests.ts";
import type { Target } from "../target.ts";
import type { Answer } from "../wire.ts";

/** An answer takes some milliseconds, on a busy machine seconds; what explodes takes years. */
const SOON_MS = 15_000;

async function soon(answer: Promise<Answer>): Promise<Answer> {
  const begun = performance.now();
  const given = await answer;
  const took = performance.now() - begun;
  if (took > SOON_MS) throw new Error(`Expected an answer soon, and it took ${took.toFixed()} ms.`);
  return given;
}

const shaped = (name: string, value: unknown, says: RegExp): Attack => ({
  name,
  by: (target: Target) => soon(target.send(tool("shapes", value as object))),
  answer: { failed: says },
});

const nested = (depth: number, leaf: unknown = 0) => {
  let value = leaf;
  for (let level = 0; level < depth; level++) value = [value];
  return value;
};

/** Values that would keep a check of a harmless schema busy. */
const VALUES: readonly Attack[] = [
  shaped(
    "a text for a pattern that explodes, longer than it may be",
    { code: `${"a".repeat(60)}!` },
    /- code: String is too long \(61 > 20\)\.$/,
  ),
  shaped(
    "a text of a million characters for such a pattern",
    { code: `${"a".repeat(1_000_000)}!` },
    /- code: String is too long/,
  ),
  shaped(
    "a text for such a pattern, as long as it may be",
    { code: `${"a".repeat(19)}!` },
    /- code: String does not match pattern\.$/,
  ),
  shaped(
    "a URL that is none, of many letters",
    { link: `http://${"a".repeat(60)} ` },
    /- link: String does not match format "uri"\.$/,
  ),
  shaped(
    "a URL that is none, of many dots",
    { link: `http://${"a.".repeat(50_000)} ` },
    /- link: String does not match format "uri"\.$/,
  ),
  shaped(
    "an address that is none, of many dots",
    { email: `a@${"a.".repeat(50_000)}` },
    /- email: String does not match format "email"\.$/,
  ),
  shaped(
    "an address that is none, of many quotes",
    { email: `"${"\\\\".repeat(50_000)}` },
    /- email: String does not match format "email"\.$/,
  ),
  shaped(
    "a tree whose levels each double what is to be checked",
    { tree: nested(50, "x") },
    /cannot be checked: it leads through too many references of the schema\.?$/,
  ),
  shaped(
    "a list whose items are compared each with each",
    { set: Array.from({ length: 100_000 }, (_, index) => index) },
    /- set: Array has too many items/,
  ),
  shaped(
    "a list of lists, compared each with each",
    { set: Array.from({ length: 2_000 }, () => nested(20)) },
    /- set: /,
  ),
];

const bomb = (levels: number) => {
  const $defs: { [name: string]: object } = { d0: { type: "string" } };
  for (let level = 1; level <= levels; level++) {
    $defs[`d${level}`] = { anyOf: Array.from({ length: 10 }, () => ({ $ref: `#/$defs/d${level - 1}` })) };
  }
  return { type: "object", properties: { a: { $ref: `#/$defs/d${levels}` } }, $defs };
};

const deep = (levels: number) => {
  let schema: object = { type: "string" };
  for (let level = 0; level < levels; level++) schema = { type: "object", properties: { a: schema } };
  return schema;
};

/** Schemas that are refused where they are registered, with the reason. */
const SCHEMAS: { readonly [name: string]: readonly [schema: object, reason: RegExp] } = {
  "references that multiply": [
    bomb(9),
    /its references multiply to more than 10000 schemas that apply to one value/,
  ],
  "a reference to itself": [
    { type: "object", properties: { a: { $ref: "#/properties/a" } } },
    /leads to itself/,
  ],
  "references in a circle": [
    {
      type: "object",
      properties: { a: { $ref: "#/$defs/b" } },
      $defs: { b: { $ref: "#/$defs/c" }, c: { allOf: [{ $ref: "#/$defs/b" }] } },
    },
    /leads back to itself without entering a property or an item/,
  ],
  "a reference to another server": [
    { type: "object", properties: { a: { $ref: "https://evil.example/schema" } } },
    /leads out of the schema, and nothing is ever fetched/,
  ],
  "a reference to a file": [
    { type: "object", properties: { a: { $ref: "file:///etc/passwd" } } },
    /leads out of the schema, and nothing is ever fetched/,
  ],
  "a reference within a list of what every object has": [
    { type: "object", properties: { a: { $ref: "#/__proto__" } } },
    /leads to no schema/,
  ],
  "schemas in schemas": [deep(70), /has schemas nested more than 64 deep/],
  "very many schemas": [
    {
      type: "object",
      properties: Object.fromEntries(Array.from({ length: 10_001 }, (_, n) => [`p${n}`, {}])),
    },
    /has more than 10000 subschemas/,
  ],
  "a pattern that is none": [{ type: "object", properties: { a: { pattern: "(" } } }, /pattern/],
  "a circle of objects": [circle(), /./],
};

function circle(): object {
  const schema: { [name: string]: unknown } = { type: "object" };
  schema["properties"] = { a: schema };
  return schema;
}

function* attacks(): Generator<Attack> {
  yield* VALUES;
  for (const [name, [schema, reason]] of Object.entries(SCHEMAS)) {
    yield {
      name: `at registration: ${name}`,
      by: () => soon(registered(schema)),
      answer: { failed: reason },
    };
  }
}

/** What a server says that is given such a tool. */
async function registered(inputSchema: object): Promise<Answer> {
  const server = new McpServer({ name: "target", version: "1.0.0" });
  try {
    server.tool("bomb", { inputSchema: inputSchema as never, handler: () => "never" });
    return { head: "", body: "", messages: [{ result: { content: [{ type: "text", text: "taken" }] } }] };
  } catch (error) {
    const text = (error as Error).message;
    return {
      head: "",
      body: "",
      messages: [{ result: { isError: true, content: [{ type: "text", text }] } }],
    };
  }
}

export const explodingSchemas = [...attacks()];
