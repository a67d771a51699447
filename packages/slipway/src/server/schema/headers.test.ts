import { describe, expect, it } from "vitest";
import * as z from "zod";
import { mcpParamHeaders } from "../../protocol/schema/param-headers.ts";
import { SchemaError } from "../../protocol/schema/schema-error.ts";
import { compileSchema } from "./compile.ts";
import type { JsonSchema } from "./types.ts";

// A keyword of JSON Schema that would make a literal look like a promise.
const THEN = "then";

const object = (properties: JsonSchema, more: JsonSchema = {}): JsonSchema => ({
  type: "object",
  properties,
  ...more,
});

describe("mcpParamHeaders", () => {
  it("finds annotated parameters, also nested ones, with the way to their values", () => {
    const { json } = compileSchema(
      z.object({
        region: z.string().meta({ "x-mcp-header": "Region" }),
        plain: z.number(),
        options: z.object({
          "dry run": z.boolean().meta({ "x-mcp-header": "Dry_Run" }),
          priority: z.int().optional().meta({ "x-mcp-header": "priority" }),
        }),
      }),
      { io: "input", where: "input schema" },
    );
    expect(mcpParamHeaders(json)).toEqual([
      { header: "mcp-param-region", name: "Region", path: ["region"], type: "string" },
      { header: "mcp-param-dry_run", name: "Dry_Run", path: ["options", "dry run"], type: "boolean" },
      { header: "mcp-param-priority", name: "priority", path: ["options", "priority"], type: "integer" },
    ]);
  });

  it("finds none where there are none, even among look-alikes in names and data", () => {
    const data = { "x-mcp-header": "Not An Annotation" };
    expect(
      mcpParamHeaders(
        object(
          {
            "x-mcp-header": { type: "string" },
            a: { type: "object", default: data, enum: [data], const: data },
          },
          { examples: [data], $defs: { "x-mcp-header": { type: "string" } } },
        ),
      ),
    ).toEqual([]);
    expect(mcpParamHeaders({ type: "object" })).toEqual([]);
  });

  it("takes every character of an HTTP token", () => {
    const name = "!#$%&'*+-.^_`|~09azAZ";
    const [found] = mcpParamHeaders(object({ a: { type: "string", "x-mcp-header": name } }));
    expect(found).toMatchObject({ name, header: `mcp-param-${name.toLowerCase()}` });
  });

  it("reads a property called __proto__ like any other", () => {
    const json = JSON.parse('{"properties":{"__proto__":{"type":"string","x-mcp-header":"P"}}}');
    expect(mcpParamHeaders(json)).toMatchObject([{ header: "mcp-param-p", path: ["__proto__"] }]);
  });

  const names = ["", "a b", "a:b", "a\r\nb", "a\tb", "é", "a(b)", "a/b", 5, true, null, ["a"], {}];
  it.each(names)("refuses the name %j", (name) => {
    const json = object({ a: { type: "string", "x-mcp-header": name } });
    expect(() => mcpParamHeaders(json, 'input schema of the tool "t"')).toThrow(SchemaError);
    expect(() => mcpParamHeaders(json, 'input schema of the tool "t"')).toThrow(
      /tool "t": the "x-mcp-header" of the property a is .*expected the name of an HTTP header/,
    );
  });

  it.each(["Region", "REGION"])("refuses Region and %s together, wherever they stand", (other) => {
    const json = object({
      a: { type: "string", "x-mcp-header": "Region" },
      b: object({ c: { type: "string", "x-mcp-header": other } }),
    });
    expect(() => mcpParamHeaders(json)).toThrow(/the property b\.c and a have the same "x-mcp-header"/);
  });

  it.each(["number", "object", "array", "null", undefined, ["string", "null"]])(
    "refuses the type %j",
    (type) => {
      const json = object({ a: { type, "x-mcp-header": "A" } });
      expect(() => mcpParamHeaders(json)).toThrow(
        /the property a has "x-mcp-header" and the type .*expected "type": "string"/,
      );
    },
  );

  const annotated = { type: "string", "x-mcp-header": "A" };
  const elsewhere: [string, JsonSchema][] = [
    ["items", object({ list: { type: "array", items: annotated } })],
    ["prefixItems", object({ list: { type: "array", prefixItems: [annotated] } })],
    ["contains", object({ list: { type: "array", contains: annotated } })],
    ["an object in items", object({ list: { type: "array", items: object({ a: annotated }) } })],
    ["anyOf", object({ a: { anyOf: [annotated, { type: "null" }] } })],
    ["oneOf", { type: "object", oneOf: [object({ a: annotated })] }],
    ["allOf", { type: "object", allOf: [object({ a: annotated })] }],
    ["not", { type: "object", not: object({ a: annotated }) }],
    ["if", { type: "object", if: object({ a: annotated }) }],
    ["then", { type: "object", if: true, [THEN]: object({ a: annotated }) }],
    ["else", { type: "object", if: true, else: object({ a: annotated }) }],
    ["$defs", object({ a: { $ref: "#/$defs/a" } }, { $defs: { a: annotated } })],
    ["definitions", object({}, { definitions: { a: annotated } })],
    ["patternProperties", object({}, { patternProperties: { "^a": annotated } })],
    ["additionalProperties", object({}, { additionalProperties: annotated })],
    ["unevaluatedProperties", object({}, { unevaluatedProperties: annotated })],
    ["propertyNames", object({}, { propertyNames: annotated })],
    ["dependentSchemas", object({}, { dependentSchemas: { a: object({ a: annotated }) } })],
  ];
  it.each(elsewhere)("refuses an annotation in %s", (_keyword, json) => {
    expect(() => mcpParamHeaders(json)).toThrow(SchemaError);
    expect(() => mcpParamHeaders(json)).toThrow(/the "x-mcp-header" at #\/.* must stand on a property/);
  });

  it("refuses an annotation beside a $ref, whose type cannot be seen there", () => {
    const json = object(
      { a: { $ref: "#/$defs/a", "x-mcp-header": "A" } },
      { $defs: { a: { type: "string" } } },
    );
    expect(() => mcpParamHeaders(json)).toThrow(/directly beside it/);
  });

  it("refuses an annotation at the root", () => {
    expect(() => mcpParamHeaders({ type: "object", "x-mcp-header": "A" })).toThrow(/stands at the root/);
  });
});
