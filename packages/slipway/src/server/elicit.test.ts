import { describe, expect, it } from "vitest";
import * as z from "zod";
import { RpcError } from "../protocol/errors.ts";
import { prepareElicitation, readElicitResult } from "./elicit.ts";
import { compileSchema } from "./schema/index.ts";

function prepare(schema: z.ZodObject) {
  return prepareElicitation(compileSchema(schema, { io: "input", where: "schema of ctx.elicit" }));
}

async function refusal(reading: unknown): Promise<RpcError> {
  const error = await Promise.resolve(reading).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(RpcError);
  expect(error).toMatchObject({ code: -32602 });
  return error as RpcError;
}

const form = prepare(
  z.object({
    name: z.string().min(2),
    color: z.enum(["red", "blue"]).default("blue"),
    sure: z.boolean().optional(),
    count: z
      .int()
      .default(3)
      .transform((count) => count * 2),
  }),
);

describe("the answer to a form", () => {
  it("gives the handler what its schema makes of it, with defaults for what was left out", async () => {
    expect(await form.read({ action: "accept", content: { name: "Ada" } })).toEqual({
      action: "accept",
      content: { name: "Ada", color: "blue", count: 6 },
    });
    expect(
      await form.read({ action: "accept", content: { name: "Ada", color: "red", sure: false, count: 1 } }),
    ).toEqual({
      action: "accept",
      content: { name: "Ada", color: "red", sure: false, count: 2 },
    });
  });

  it.each(["decline", "cancel"])(
    "has no content when the user chose %s, whatever came with it",
    async (action) => {
      expect(await form.read({ action })).toEqual({ action });
      expect(await form.read({ action, content: { name: 1 } })).toEqual({ action });
      expect(await form.read({ action, content: null })).toEqual({ action });
    },
  );

  it("may have no content where nothing was required", async () => {
    const optional = prepare(z.object({ note: z.string().optional(), sure: z.boolean().default(false) }));
    for (const answer of [
      { action: "accept" },
      { action: "accept", content: null },
      { action: "accept", content: {} },
    ]) {
      expect(await optional.read(answer)).toEqual({ action: "accept", content: { sure: false } });
    }
  });

  it("is refused where it does not fit, with each thing that is wrong", async () => {
    const { message } = await refusal(
      form.read({ action: "accept", content: { name: "A", color: "green", sure: "yes" } }),
    );
    expect(message).toMatch(/^The client's answer to elicitation\/create does not fit what was asked/);
    for (const field of ["name", "color", "sure"]) expect(message).toContain(`${field}: `);
    expect(message).not.toContain("count");
    await refusal(form.read({ action: "accept" }));
  });

  it("has nothing that was not asked for", async () => {
    const loose = prepare(z.looseObject({ name: z.string() }));
    const content = JSON.parse(`{"name":"Ada","admin":true,"__proto__":{"admin":true}}`);
    expect(await loose.read({ action: "accept", content })).toEqual({
      action: "accept",
      content: { name: "Ada" },
    });
  });
});

describe("a result that is no answer", () => {
  it.each([[undefined], [null], ["accept"], [[]], [{}], [{ action: "ACCEPT" }], [{ action: ["accept"] }]])(
    "is refused without a known action: %j",
    async (answer) => {
      expect(() => readElicitResult(answer)).toThrow(/needs an "action" of "accept", "decline" or "cancel"/);
      await refusal(form.read(answer));
    },
  );

  it.each([
    ["text", "a string"],
    [1, "a number"],
    [[], "an array"],
    [true, "a boolean"],
  ])("is refused when its content is %j", async (content, words) => {
    const { message } = await refusal(form.read({ action: "accept", content }));
    expect(message).toContain(`must be an object, got ${words}`);
  });
});
