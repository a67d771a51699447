import { expect, test } from "vitest";
import { unknownTo } from "./schema.ts";

const properties = { name: { type: "string" }, loud: { type: "boolean" } };

test.each([
  ["says nothing of others", { properties }, ["nmae", "__proto__"]],
  ["has no others", { properties, additionalProperties: false }, ["nmae", "__proto__"]],
  ["has none at all", { properties: {} }, ["name", "nmae", "__proto__"]],
  ["is elsewhere", { $ref: "#/$defs/Greeting", $defs: { Greeting: { properties } } }, ["nmae", "__proto__"]],
  ["takes any others", { properties, additionalProperties: true }, []],
  ["takes others of a kind", { properties, additionalProperties: { type: "string" } }, []],
  ["takes others by their names", { properties, patternProperties: { "^n": {} } }, []],
  ["may have others in a part of it", { properties, anyOf: [{ properties: { nmae: {} } }] }, []],
  ["lists nothing", { type: "object" }, []],
  ["is no object", true, []],
])("a schema that %s", (_, schema, unknown) => {
  expect(unknownTo(schema, ["name", "nmae", "__proto__"])).toEqual(unknown);
});
