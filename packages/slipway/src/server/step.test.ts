import { describe, expect, it } from "vitest";
import { RpcError, ToolError } from "../protocol/errors.ts";
import { failed, reproduce, type StepOutcome, succeeded } from "./step.ts";

const kept = (outcome: StepOutcome): StepOutcome => JSON.parse(JSON.stringify(outcome));

function thrownBy(outcome: StepOutcome, cause?: unknown): unknown {
  try {
    reproduce(outcome, cause);
  } catch (error) {
    return error;
  }
  throw new Error("Nothing was thrown.");
}

describe("a step's value", () => {
  it.each([
    [undefined, undefined],
    [null, null],
    ["", ""],
    [0, 0],
    [-0, 0],
    [true, true],
    [
      [1, [2, { a: 3 }]],
      [1, [2, { a: 3 }]],
    ],
    [{ a: undefined, b: 1 }, { b: 1 }],
    [
      [undefined, () => {}],
      [null, null],
    ],
    [new Date(0), "1970-01-01T00:00:00.000Z"],
    [new Map([[1, 2]]), {}],
    [new URL("https://example.com/"), "https://example.com/"],
    ["\ud800", "\ud800"],
    [JSON.parse(`{"__proto__":1}`), JSON.parse(`{"__proto__":1}`)],
  ])("is what JSON keeps of it, on every run: %j", (value, expected) => {
    const outcome = succeeded(value, "s");
    expect(reproduce(outcome)).toEqual(expected);
    expect(reproduce(kept(outcome))).toEqual(expected);
  });

  it.each<[string, unknown]>([
    ["a function", () => 1],
    ["a symbol", Symbol("s")],
    ["a bigint", 1n],
    ["not a number", Number.NaN],
    ["infinite", Number.POSITIVE_INFINITY],
    ["an object that turns into nothing", { toJSON: () => undefined }],
    ["a list with a bigint", [1n]],
  ])("is refused when it is %s", (_name, value) => {
    expect(() => succeeded(value, "load")).toThrow(TypeError);
    expect(() => succeeded(value, "load")).toThrow(/^ctx\.step\("load"\) must return what JSON can hold/);
  });

  it("is refused when it holds itself", () => {
    const value: { self?: unknown } = {};
    value.self = value;
    expect(() => succeeded(value, "load")).toThrow(/must return what JSON can hold/);
  });

  it("is the handler's own: nothing that it does to it is kept", () => {
    const given = { list: [1] };
    const outcome = succeeded(given, "s");
    given.list.push(2);
    const first = reproduce(outcome) as typeof given;
    first.list.push(3);
    expect(reproduce(outcome)).toEqual({ list: [1] });
  });
});

describe("a step's failure", () => {
  class OrderError extends Error {
    override readonly name = "OrderError";
  }
  it.each<[unknown, object]>([
    [new Error("plain"), { name: "Error", message: "plain" }],
    [new OrderError("gone"), { name: "OrderError", message: "gone" }],
    [new ToolError("spoken"), { name: "ToolError", message: "spoken" }],
    [new RpcError(7, "coded", { a: [1] }), { name: "RpcError", message: "coded", code: 7, data: { a: [1] } }],
    [new RpcError(0, "zero"), { name: "RpcError", message: "zero", code: 0, data: undefined }],
    ["text", { name: "Error", message: "text" }],
    [undefined, { name: "Error", message: "undefined" }],
  ])("is the same kind of error on every run: %s", (error, expected) => {
    const outcome = failed(error);
    for (const each of [outcome, kept(outcome)]) {
      const thrown = thrownBy(each);
      expect(thrown).toBeInstanceOf(Error);
      expect(thrown).toMatchObject(expected);
      expect(thrown instanceof ToolError).toBe(error instanceof ToolError);
      expect(thrown instanceof RpcError).toBe(error instanceof RpcError);
    }
  });

  it("has its cause where it has just happened", () => {
    const error = new OrderError("gone");
    expect(thrownBy(failed(error), error)).toMatchObject({ cause: error });
    expect(thrownBy(failed(error))).not.toHaveProperty("cause");
  });

  it("leaves out data that JSON cannot hold", () => {
    expect(thrownBy(failed(new RpcError(7, "coded", 1n)))).toMatchObject({ data: 1n });
    const data: { self?: unknown } = {};
    data.self = data;
    expect(thrownBy(failed(new RpcError(7, "coded", data)))).toMatchObject({ code: 7, data: undefined });
  });
});
