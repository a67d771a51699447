import { describe, expect, test } from "vitest";
import { nearest } from "./nearest.ts";
import { parse } from "./parse.ts";

const OPTIONS = {
  port: { type: "string", short: "p", help: "the port" },
  json: { type: "boolean", help: "as JSON" },
  arg: { type: "string", multiple: true, help: "an argument" },
} as const;

describe("a command line", () => {
  test("gives options, positionals and what stands behind --", () => {
    const parsed = parse(
      ["a", "-p", "1", "--arg", "x=1", "b", "--arg=y=2", "--json", "--", "node", "--port", "2"],
      OPTIONS,
    );
    expect(parsed).toEqual({
      values: { port: "1", arg: ["x=1", "y=2"], json: true },
      positionals: ["a", "b"],
      rest: ["node", "--port", "2"],
    });
  });

  test.each([
    [["--prot", "1"], "There is no option --prot. Did you mean --port?"],
    [["--nothing-like-it"], "There is no option --nothing-like-it."],
    [["-x"], "There is no option -x."],
    [["--port"], "Option '-p, --port <value>' argument missing."],
    [["--json=1"], "Option '--json' does not take an argument."],
    [["--port", "--json"], "Option '--port' argument is ambiguous."],
  ])("that is wrong is complained of: %j", (args, message) => {
    expect(() => parse(args, OPTIONS)).toThrow(expect.objectContaining({ name: "UsageError", message }));
  });
});

test.each([
  ["sevre", "serve"],
  ["stido", "stdio"],
  ["insp", "inspect"],
  ["stdi", "stdio"],
  ["deploy", undefined],
  ["xy", undefined],
])("the name that was meant by %s is %s", (given, meant) => {
  expect(nearest(given, ["new", "dev", "serve", "stdio", "call", "inspect", "doctor"])).toBe(meant);
});
