import { describe, expect, test } from "vitest";
import { objectOf, ValueError } from "./values.ts";

function read(schema: object, ...pairs: string[]): unknown {
  const split = pairs.map((pair) => pair.split("=", 2) as [string, string]);
  return objectOf(split, { type: "object", ...schema }, "--arg");
}

describe("values as a schema wants them", () => {
  test.each([
    [{ type: "string" }, "007", "007"],
    [{ type: "integer" }, "+7", 7],
    [{ type: "number" }, "1e3", 1000],
    [{ type: "boolean" }, "false", false],
    [{ type: ["string", "null"] }, "null", null],
    [{ type: ["number", "string"] }, "1x", "1x"],
    [{ anyOf: [{ type: "string" }, { type: "integer" }] }, "5", 5],
    [{ enum: ["a", 1, true] }, "1", 1],
    [{ const: "a" }, "a", "a"],
    [{ $ref: "#/$defs/Size" }, "3", 3],
    [{ type: "array", items: { type: "integer" } }, "3", [3]],
    [{ type: "array", items: { type: "string" } }, "3", ["3"]],
    [{ type: "array" }, '["a"]', ["a"]],
    [{ type: "object" }, '{"a":1}', { a: 1 }],
    [{ properties: { b: { type: "string" } } }, '{"b":"1"}', { b: "1" }],
    [{}, "5", 5],
    [{}, "x y", "x y"],
    [true, "x", "x"],
  ])("%j makes of %j %j", (schema, text, value) => {
    const root = { properties: { a: schema }, $defs: { Size: { type: "integer" } } };
    expect(read(root, `a=${text}`)).toEqual({ a: value });
  });

  test.each([
    [{ type: "integer" }, "1.5", 'wants integer, got "1.5"'],
    [{ type: "integer" }, "", 'wants integer, got ""'],
    [{ type: "number", maximum: 3 }, "4", "wants number, up to 3"],
    [{ type: "array", items: { type: "integer" } }, "x", 'wants integer[], got "x"'],
    [{ $ref: "#/$defs/Loop" }, "[", undefined],
    [{ type: "object" }, "x", 'wants object, got "x"'],
  ])("%j does not take %j", (schema, text, message) => {
    const root = { properties: { a: schema }, $defs: { Loop: { $ref: "#/$defs/Loop" } } };
    if (message === undefined) expect(read(root, `a=${text}`)).toEqual({ a: "[" });
    else expect(() => read(root, `a=${text}`)).toThrow(message);
  });

  test("names that are no arguments are refused only where the schema refuses them", () => {
    const properties = { a: { type: "string" } };
    expect(read({ properties }, "b=1")).toEqual({ b: 1 });
    expect(() => read({ properties, additionalProperties: false }, "b=1")).toThrow(ValueError);
    expect(() => read({ properties, additionalProperties: false }, "b=1")).toThrow("there are a.");
    const others = { patternProperties: { "^x-": {} }, additionalProperties: false };
    expect(read({ properties, ...others }, "x-b=1")).toEqual({ "x-b": 1 });
  });

  test("a dot leads into an object, unless an argument is called so", () => {
    const inner = { type: "object", properties: { b: { type: "integer" }, c: { type: "integer" } } };
    expect(read({ properties: { a: inner } }, "a.b=1", "a.c=2")).toEqual({ a: { b: 1, c: 2 } });
    expect(read({ properties: { a: inner, "a.b": { type: "string" } } }, "a.b=1")).toEqual({ "a.b": "1" });
  });

  test("no name reaches the prototype", () => {
    const read1 = read({}, "__proto__=1") as object;
    expect(Object.hasOwn(read1, "__proto__")).toBe(true);
    expect(Object.getPrototypeOf(read1)).toBe(Object.prototype);
  });
});
