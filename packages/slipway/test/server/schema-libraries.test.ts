import { toJsonSchema, toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import { Effect, Schema as EffectSchema } from "effect";
import { type JsonSchema, McpServer, type Schema } from "slipway";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { recordingLogger } from "../recording-logger.ts";
import { matrix, openWire } from "../support/index.ts";

const info = { name: "libraries", version: "1.0.0" };

const effect = <S extends Parameters<typeof EffectSchema.toStandardSchemaV1>[0]>(schema: S) =>
  EffectSchema.toStandardJSONSchemaV1(EffectSchema.toStandardSchemaV1(schema)) as Schema;

/** The same order, written in every library: a name, an amount above 0, and a size that may be left out. */
const LIBRARIES: { library: string; order: Schema; total: Schema; form: Schema }[] = [
  {
    library: "Zod",
    order: z.object({ item: z.string(), amount: z.int().min(1), size: z.enum(["s", "l"]).optional() }),
    total: z.object({ total: z.number() }),
    form: z.object({ sure: z.boolean(), note: z.string().optional() }),
  },
  {
    library: "Valibot",
    order: toStandardJsonSchema(
      v.object({
        item: v.string(),
        amount: v.pipe(v.number(), v.integer(), v.minValue(1)),
        size: v.optional(v.picklist(["s", "l"])),
      }),
    ),
    total: toStandardJsonSchema(v.object({ total: v.number() })),
    form: toStandardJsonSchema(v.object({ sure: v.boolean(), note: v.optional(v.string()) })),
  },
  {
    library: "ArkType",
    order: type({ item: "string", amount: "number.integer >= 1", "size?": "'s' | 'l'" }),
    total: type({ total: "number" }),
    form: type({ sure: "boolean", "note?": "string" }),
  },
  {
    library: "Effect Schema",
    order: effect(
      EffectSchema.Struct({
        item: EffectSchema.String,
        amount: EffectSchema.Int.check(EffectSchema.isGreaterThanOrEqualTo(1)),
        size: EffectSchema.optionalKey(EffectSchema.Literals(["s", "l"])),
      }),
    ),
    total: effect(EffectSchema.Struct({ total: EffectSchema.Finite })),
    form: effect(
      EffectSchema.Struct({
        sure: EffectSchema.Boolean,
        note: EffectSchema.optionalKey(EffectSchema.String),
      }),
    ),
  },
  {
    library: "raw JSON Schema",
    order: {
      type: "object",
      properties: {
        item: { type: "string" },
        amount: { type: "integer", minimum: 1 },
        size: { type: "string", enum: ["s", "l"] },
      },
      required: ["item", "amount"],
    },
    total: { type: "object", properties: { total: { type: "number" } }, required: ["total"] },
    form: {
      type: "object",
      properties: { sure: { type: "boolean" }, note: { type: "string" } },
      required: ["sure"],
    },
  },
];

describe.each(LIBRARIES)("$library", ({ order, total, form }) => {
  describe.each(matrix())("in $revision over $transport", ({ transport, revision }) => {
    const open = (server: McpServer) => openWire(server, { transport, era: revision });

    test("describes and checks the arguments of a tool", async () => {
      const server = new McpServer(info).tool("order", {
        inputSchema: order,
        handler: (args) => JSON.stringify(args),
      });
      const wire = await open(server);
      const [{ inputSchema }] = (await wire.request("tools/list")).result.tools;
      expect(inputSchema).toMatchObject({
        type: "object",
        properties: { item: { type: "string" }, amount: { type: "integer" } },
        required: expect.arrayContaining(["item", "amount"]),
      });
      expect(inputSchema.required).toHaveLength(2);
      expect(JSON.stringify(inputSchema.properties.size)).toContain('"s"');
      for (const args of [
        { item: "tea", amount: 2 },
        { item: "tea", amount: 1, size: "s" },
      ]) {
        expect(JSON.parse((await wire.callTool("order", args)).toolText)).toEqual(args);
      }
      for (const [args, path] of [
        [{ amount: 2 }, /item/],
        [{ item: 7, amount: 2 }, /item/],
        [{ item: "tea", amount: 0 }, /amount/],
        [{ item: "tea", amount: 1.5 }, /amount/],
        [{ item: "tea", amount: 1, size: "xl" }, /size/],
      ] as const) {
        const reply = await wire.callTool("order", args);
        expect(reply.result.isError, JSON.stringify(args)).toBe(true);
        expect(reply.toolText).toMatch(/^The arguments of "order" do not fit its input schema\.\n- /);
        expect(reply.toolText).toMatch(path);
      }
    });

    test("describes and checks the result of a tool", async () => {
      const server = new McpServer({ ...info, logger: recordingLogger() })
        .tool("right", { outputSchema: total, handler: () => ({ total: 1.5 }) as never })
        .tool("wrong", { outputSchema: total, handler: () => ({ total: "secret" }) as never });
      const wire = await open(server);
      const [{ outputSchema }] = (await wire.request("tools/list")).result.tools;
      expect(outputSchema).toMatchObject({ type: "object", required: ["total"] });
      expect((await wire.callTool("right")).result.structuredContent).toEqual({ total: 1.5 });
      const reply = await wire.callTool("wrong");
      expect(reply.result.isError).toBe(true);
      expect(reply.toolText).not.toContain("secret");
    });

    test("asks by a form, and checks the answer", async () => {
      const server = new McpServer(info).tool("ask", {
        handler: async (_args, ctx) => JSON.stringify(await ctx.elicit({ message: "Sure?", schema: form })),
      });
      const wire = await open(server);
      const answer = (content: object) =>
        wire.callTool("ask", {}, { answers: { "elicitation/create": { action: "accept", content } } });
      const reply = await answer({ sure: true });
      expect(reply.asks[0]?.params.requestedSchema).toEqual({
        type: "object",
        properties: { sure: { type: "boolean" }, note: { type: "string" } },
        required: ["sure"],
      });
      expect(JSON.parse(reply.toolText)).toEqual({ action: "accept", content: { sure: true } });
      expect((await answer({ sure: "yes" })).error).toMatchObject({
        code: -32602,
        message: expect.stringContaining("sure"),
      });
    });
  });
});

describe("what schemas do to values", () => {
  const open = (server: McpServer) => openWire(server, { transport: "fetch" });
  const schemas = {
    zod: z.object({ n: z.string().transform(Number).pipe(z.number()), d: z.string().default("x") }),
    valibot: toStandardJsonSchema(
      v.object({ n: v.pipe(v.string(), v.transform(Number), v.number()), d: v.optional(v.string(), "x") }),
    ),
    arktype: type({ n: "string.numeric.parse", d: "string = 'x'" }),
    effect: effect(
      EffectSchema.Struct({
        n: EffectSchema.FiniteFromString,
        d: EffectSchema.String.pipe(EffectSchema.withDecodingDefaultKey(Effect.succeed("x"))),
      }),
    ),
  };

  test.each(Object.entries(schemas))(
    "%s: defaults are filled in and transformations made",
    async (_, inputSchema) => {
      const server = new McpServer(info).tool("t", {
        inputSchema: inputSchema as Schema,
        handler: (args) => JSON.stringify(args),
      });
      expect(JSON.parse((await (await open(server)).callTool("t", { n: "7" })).toolText)).toEqual({
        n: 7,
        d: "x",
      });
    },
  );

  test("a schema that checks later is waited for", async () => {
    const inputSchema = z.object({ n: z.number().refine(async (n) => n > 0, "must be above 0") });
    const wire = await open(new McpServer(info).tool("t", { inputSchema, handler: () => "ran" }));
    expect((await wire.callTool("t", { n: 1 })).toolText).toBe("ran");
    expect((await wire.callTool("t", { n: 0 })).toolText).toContain("n: must be above 0");
  });

  test("a check that fails by itself is masked, and does not run the handler", async () => {
    let runs = 0;
    const logger = recordingLogger();
    const inputSchema = z.object({
      n: z.number().refine(() => {
        throw new Error("secret");
      }),
    });
    const wire = await open(
      new McpServer({ ...info, logger }).tool("t", { inputSchema, handler: () => `${++runs}` }),
    );
    const reply = await wire.callTool("t", { n: 1 });
    expect(reply.error.message).toMatch(/^Internal error/);
    expect(reply.text).not.toContain("secret");
    expect(logger.text()).toContain("secret");
    expect(runs).toBe(0);
  });

  test("a schema adapter writes the schemas of libraries that cannot do so themselves", async () => {
    const schema = v.object({ n: v.number() });
    const handler = () => "ran";
    expect(() => new McpServer(info).tool("t", { inputSchema: schema, handler })).toThrow(
      /valibot does not write itself as JSON Schema.*toStandardJsonSchema/,
    );
    const asked: unknown[] = [];
    const server = new McpServer({
      ...info,
      schemaAdapter: (given, { io }) => {
        asked.push([given, io]);
        return toJsonSchema(given as typeof schema, { typeMode: io }) as JsonSchema;
      },
    }).tool("t", { inputSchema: schema, outputSchema: schema, handler: () => ({ n: 1 }) });
    expect(asked).toEqual([
      [schema, "input"],
      [schema, "output"],
    ]);
    const wire = await open(server);
    expect((await wire.request("tools/list")).result.tools[0].inputSchema.properties).toEqual({
      n: { type: "number" },
    });
    expect((await wire.callTool("t", { n: "1" })).result.isError).toBe(true);
    expect((await wire.callTool("t", { n: 1 })).result.structuredContent).toEqual({ n: 1 });
  });

  test("a validator of one's own takes the place of the library for raw JSON Schema", async () => {
    const schema = { $schema: "https://example.com/dialect", type: "object", even: true };
    const server = new McpServer({
      ...info,
      jsonSchemaValidator: (given) => (value) => {
        expect(given).toEqual(schema);
        const { n } = value as { n: number };
        return n % 2 === 0 ? { ok: true, value } : { ok: false, issues: [{ path: "n", message: "is odd" }] };
      },
    }).tool("t", { inputSchema: schema, handler: ({ n }) => `${n}` });
    const wire = await open(server);
    expect((await wire.callTool("t", { n: 2 })).toolText).toBe("2");
    expect((await wire.callTool("t", { n: 3 })).toolText).toContain("n: is odd");
  });

  test("a schema is not changed by its use, and a later change of it changes nothing", async () => {
    const schema = { type: "object", properties: { n: { type: "number" } } };
    const before = structuredClone(schema);
    const wire = await open(new McpServer(info).tool("t", { inputSchema: schema, handler: () => "ran" }));
    await wire.callTool("t", { n: 1 });
    expect(schema).toEqual(before);
    schema.properties.n.type = "string";
    expect((await wire.callTool("t", { n: 1 })).toolText).toBe("ran");
    expect((await wire.request("tools/list")).result.tools[0].inputSchema).toEqual(before);
  });
});
