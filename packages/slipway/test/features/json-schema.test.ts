import { readFile } from "node:fs/promises";
import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import { Schema } from "effect";
import { type JsonSchema, McpServer } from "slipway";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { matrix, openWire } from "../support/index.ts";

const info = { name: "schemas", version: "1.0.0" };
const handler = () => "ran";

describe.each(matrix({ revisions: ["2025-11-25"] }))(
  "JSON Schema in $revision over $transport",
  ({ transport, revision }) => {
    const open = (server: McpServer) => openWire(server, { transport, era: revision });

    /** Whether a tool with this schema takes the arguments. */
    async function takes(inputSchema: JsonSchema, all: readonly object[]): Promise<boolean[]> {
      const wire = await open(new McpServer(info).tool("t", { inputSchema, handler }));
      const replies = await Promise.all(all.map((args) => wire.callTool("t", args)));
      return replies.map(({ result }) => result.isError !== true);
    }

    const tuple2020 = {
      type: "object",
      properties: {
        pair: { type: "array", prefixItems: [{ type: "string" }, { $ref: "#/$defs/count" }], items: false },
      },
      $defs: { count: { type: "integer", minimum: 1 } },
      dependentRequired: { pair: ["unit"] },
      allOf: [{ properties: { unit: { type: "string" } } }],
      unevaluatedProperties: false,
    };

    test(`a schema without a dialect is of 2020-12 [${revision}/json-schema/2020-12]`, async () => {
      expect(
        await takes(tuple2020, [
          {},
          { pair: ["a", 1], unit: "m" },
          { pair: ["a"], unit: "m" },
          { pair: ["a", 1] },
          { pair: ["a", 0], unit: "m" },
          { pair: [1, 1], unit: "m" },
          { pair: ["a", 1, 2], unit: "m" },
          { unit: "m", other: 1 },
          { unit: 1 },
        ]),
      ).toEqual([true, true, true, false, false, false, false, false, false]);
    });

    test(`a schema is checked by the dialect that it names [${revision}/json-schema/by-dialect]`, async () => {
      const schema = {
        type: "object",
        properties: {
          pair: {
            type: "array",
            items: [{ type: "string" }, { $ref: "#/definitions/count" }],
            additionalItems: false,
          },
        },
        definitions: { count: { type: "integer" } },
      };
      const draft07 = { $schema: "http://json-schema.org/draft-07/schema#", ...schema };
      const all = [{ pair: ["a", 1] }, { pair: [1, 1] }, { pair: ["a", "b"] }, { pair: ["a", 1, 2] }];
      expect(await takes(draft07, all)).toEqual([true, false, false, false]);
      // Of 2020-12 a list of schemas under "items" is no schema, and is refused as such.
      expect(() => new McpServer(info).tool("t", { inputSchema: schema as JsonSchema, handler })).toThrow(
        /"items"/,
      );
      // Keywords of the other dialect say nothing.
      const prefix = {
        type: "object",
        properties: { pair: { type: "array", prefixItems: [{ type: "string" }] } },
      };
      expect(await takes(prefix, [{ pair: [1] }])).toEqual([false]);
      expect(await takes({ $schema: draft07.$schema, ...prefix }, [{ pair: [1] }])).toEqual([true]);
    });

    test(`the schemas of libraries are listed in 2020-12, and are valid [${revision}/json-schema/2020-12-recommended]`, async () => {
      const Place = Schema.Struct({ lat: Schema.Finite, tags: Schema.Array(Schema.String) });
      const schemas = {
        zod: z.object({
          id: z.uuid(),
          pair: z.tuple([z.string(), z.int()]),
          at: z.enum(["a", "b"]).optional(),
        }),
        zodUnion: z.discriminatedUnion("kind", [
          z.object({ kind: z.literal("a"), n: z.number().gt(0) }),
          z.object({ kind: z.literal("b"), when: z.iso.datetime() }),
        ]),
        valibot: toStandardJsonSchema(
          v.object({ id: v.pipe(v.string(), v.email()), list: v.array(v.number()) }),
        ),
        arktype: type({ id: "string.uuid", "size?": "number > 0", kind: "'a' | 'b'" }),
        effect: Schema.toStandardJSONSchemaV1(Schema.toStandardSchemaV1(Place)),
      };
      const server = new McpServer(info);
      for (const [name, schema] of Object.entries(schemas))
        server.tool(name, { inputSchema: schema, handler });
      const wire = await open(server);
      const { tools } = (await wire.request("tools/list")).result;
      expect(tools).toHaveLength(Object.keys(schemas).length);
      for (const { name, inputSchema } of tools) {
        expect(inputSchema.type, name).toBe("object");
        expect([undefined, "https://json-schema.org/draft/2020-12/schema"]).toContain(inputSchema.$schema);
        // A raw schema is held to its dialect where it is registered.
        new McpServer(info).tool(name, {
          inputSchema: { $schema: "https://json-schema.org/draft/2020-12/schema", ...inputSchema },
          handler,
        });
      }
    });
  },
);

describe("a JSON Schema that cannot be used is refused where it is registered", () => {
  const register = (inputSchema: JsonSchema) => () => new McpServer(info).tool("t", { inputSchema, handler });

  test("with a dialect that is not supported, by its name and those that are [2025-11-25/json-schema/unsupported-dialect]", () => {
    for (const $schema of ["https://example.com/dialect", "http://json-schema.org/draft-04/schema#", 7]) {
      expect(register({ $schema, type: "object" })).toThrow(JSON.stringify($schema));
      expect(register({ $schema, type: "object" })).toThrow(/2020-12\/schema.*draft-07\/schema/);
    }
  });

  test.each([
    [{ type: "objekt" }, /"type"/],
    [{ type: "object", properties: { a: { minimum: "1" } } }, /"minimum"/],
    [{ type: "object", required: "a" }, /"required"/],
    [{ type: "object", properties: [] }, /"properties"/],
    [{ type: "object", properties: { a: { pattern: "(" } } }, /"pattern"/],
    [{ type: "object", properties: { a: { enum: "x" } } }, /"enum"/],
    [{ type: "object", additionalProperties: "no" }, /additionalProperties/],
  ])(
    "with a keyword that is wrong, by its name: %j [2025-11-25/json-schema/schemas-valid]",
    (schema, reason) => {
      expect(register(schema)).toThrow(reason);
      expect(() =>
        new McpServer(info).tool("t", { outputSchema: schema as JsonSchema, handler: () => ({}) }),
      ).toThrow(reason);
    },
  );
});

test("the documentation names the dialects that are supported, and no others [2025-11-25/json-schema/dialects-documented]", async () => {
  const root = new URL("../../../../", import.meta.url);
  const documentation = await readFile(new URL("docs/schemas.md", root), "utf8");
  const table = await readFile(new URL("packages/slipway/src/server/schema/dialect.ts", root), "utf8");
  const named = new Set(
    documentation.match(/draft[ -](\d{4}-\d\d|\d\d)/g)?.map((name) => name.slice("draft-".length)),
  );
  const supported = new Set(
    table
      .match(/json-schema\.org\/draft[-/](\d{4}-\d\d|\d\d)/g)
      ?.map((uri) => uri.replace(/^.*draft[-/]/, "")),
  );
  expect(supported.size).toBeGreaterThan(0);
  expect(named).toEqual(supported);
});
