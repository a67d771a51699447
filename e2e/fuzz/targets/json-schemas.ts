import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { SchemaError } from "../../../packages/slipway/src/protocol/schema/schema-error.ts";
import { compileJsonSchema } from "../../../packages/slipway/src/server/schema/json-schema.ts";
import { fault } from "../fault.ts";
import type { Target } from "../target.ts";

interface SchemaCase {
  /** JSON, as the values are. */
  readonly schema: string;
  readonly values: readonly string[];
}

/** Without "" and "__proto__", which ajv takes for no names. */
const NAMES = ["a", "b", "constructor", "toString", "length", "é"] as const;

/** Values that few schemas tell apart by accident. */
const leaf = fc.constantFrom(
  "null",
  "true",
  "false",
  "0",
  "1",
  "-1",
  "1.5",
  "2",
  '""',
  '"a"',
  '"ab"',
  '"é🚀"',
);

const value: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    { weight: 3, arbitrary: leaf },
    { weight: 1, arbitrary: fc.array(tie("value"), { maxLength: 3 }).map((items) => `[${items.join(",")}]`) },
    {
      weight: 2,
      arbitrary: fc
        .uniqueArray(fc.tuple(fc.constantFrom(...NAMES), tie("value")), {
          maxLength: 3,
          selector: ([name]) => name,
        })
        .map((members) => `{${members.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(",")}}`),
    },
  ),
})).value;

const small = fc.nat({ max: 3 }).map(String);
const number = fc.constantFrom("0", "1", "-1", "1.5", "2");
const names = fc.uniqueArray(fc.constantFrom(...NAMES), { maxLength: 2 });
const type = fc.constantFrom("null", "boolean", "number", "integer", "string", "array", "object");

function keyword(name: string, text: fc.Arbitrary<string>): fc.Arbitrary<readonly [string, string]> {
  return text.map((each) => [name, each] as const);
}

const PATTERNS = ["^a", "b$", "^\\\\w*$", "[^a]", "^.$", "^\\\\p{L}+$"] as const;

const schema: fc.Arbitrary<string> = fc.letrec<{ schema: string }>((tie) => {
  const one = tie("schema");
  const list = fc.array(one, { minLength: 1, maxLength: 3 }).map((items) => `[${items.join(",")}]`);
  const named = fc
    .uniqueArray(fc.tuple(fc.constantFrom(...NAMES), one), { maxLength: 3, selector: ([name]) => name })
    .map((members) => `{${members.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(",")}}`);
  const keywords = fc.oneof(
    { depthSize: "small" },
    keyword(
      "type",
      fc.oneof(
        type.map((each) => `"${each}"`),
        fc.uniqueArray(type, { minLength: 1, maxLength: 3 }).map((each) => JSON.stringify(each)),
      ),
    ),
    keyword("const", value),
    keyword(
      "enum",
      fc.uniqueArray(value, { minLength: 1, maxLength: 3 }).map((items) => `[${items.join(",")}]`),
    ),
    fc
      .constantFrom("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
      .chain((name) => keyword(name, number)),
    keyword("multipleOf", fc.constantFrom("0.5", "1", "2", "1.5")),
    fc
      .constantFrom(
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "minProperties",
        "maxProperties",
        "minContains",
        "maxContains",
      )
      .chain((name) => keyword(name, small)),
    keyword(
      "pattern",
      fc.constantFrom(...PATTERNS).map((each) => `"${each}"`),
    ),
    keyword("uniqueItems", fc.constantFrom("true", "false")),
    keyword(
      "required",
      names.map((each) => JSON.stringify(each)),
    ),
    keyword(
      "dependentRequired",
      fc
        .tuple(fc.constantFrom(...NAMES), names)
        .map(([name, others]) => `{${JSON.stringify(name)}:${JSON.stringify(others)}}`),
    ),
    keyword("properties", named),
    keyword("dependentSchemas", named),
    keyword(
      "patternProperties",
      fc.tuple(fc.constantFrom(...PATTERNS), one).map(([pattern, each]) => `{"${pattern}":${each}}`),
    ),
    fc
      .constantFrom(
        "additionalProperties",
        "propertyNames",
        "items",
        "contains",
        "not",
        "if",
        "then",
        "else",
        "unevaluatedProperties",
        "unevaluatedItems",
      )
      .chain((name) => keyword(name, one)),
    fc.constantFrom("allOf", "anyOf", "oneOf", "prefixItems").chain((name) => keyword(name, list)),
    keyword("$ref", fc.constantFrom('"#"', '"#/$defs/d"')),
  );
  return {
    schema: fc.oneof(
      { maxDepth: 3 },
      { weight: 1, arbitrary: fc.constantFrom("true", "false", "{}") },
      {
        weight: 8,
        arbitrary: fc
          .uniqueArray(keywords, { minLength: 1, maxLength: 4, selector: ([name]) => name })
          .map((members) => `{${members.map(([name, text]) => `"${name}":${text}`).join(",")}}`),
      },
    ),
  };
}).schema;

const whole = fc
  .tuple(
    schema.filter((text) => text.startsWith("{")),
    schema,
  )
  .map(([text, target]) => (text === "{}" ? text : `${text.slice(0, -1)},"$defs":{"d":${target}}}`));

/** JSON Schemas, with values that are checked by another validator too. */
export const jsonSchemas: Target<SchemaCase> = {
  name: "json-schemas",
  share: 1,
  cases: fc.record({ schema: whole, values: fc.array(value, { minLength: 1, maxLength: 6 }) }),
  open: () => ({
    run: async ({ schema, values }) => {
      const parsed = JSON.parse(schema) as { [keyword: string]: unknown };
      let compiled: ReturnType<typeof compileJsonSchema>;
      try {
        compiled = compileJsonSchema(parsed, { where: "schema" });
      } catch (error) {
        if (error instanceof SchemaError) return;
        throw error;
      }
      await compiled.ready;
      const reference = referenceOf(schema);
      if (reference === undefined) return;
      for (const text of values) {
        // There ajv looks names up in an object that has all of its prototype's.
        if (schema.includes("unevaluatedProperties") && /toString|constructor/.test(text)) continue;
        const { ok, ...rest } = await compiled.validate(JSON.parse(text));
        const expected = reference(JSON.parse(text));
        if (expected !== undefined && expected !== ok)
          fault(`A value is taken to be ${ok ? "valid" : "invalid"}, which ajv denies`, schema, text, rest);
      }
    },
  }),
};

/** The other validator's verdict; `undefined` where it has none. */
function referenceOf(schema: string): ((value: unknown) => boolean | undefined) | undefined {
  try {
    const ajv = new Ajv2020({ strict: false, validateSchema: false, ownProperties: true, logger: false });
    const validate = ajv.compile(JSON.parse(schema) as object);
    return (value) => {
      try {
        return validate(value) as boolean;
      } catch {
        // It follows references for ever that lead to themselves.
        return undefined;
      }
    };
  } catch {
    return undefined;
  }
}
