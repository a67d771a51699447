import type { Tool } from "../../client/index.ts";
import { isObject } from "../../protocol/jsonrpc.ts";
import { Failure, UsageError } from "../command.ts";
import { nearest } from "../nearest.ts";
import { onOneLine } from "../printable.ts";
import { describeType, propertiesOf, unknownTo } from "../schema.ts";
import { objectOf, ValueError } from "../values.ts";

/** Arguments as they were given: a JSON text, and pairs that come over it. */
export interface GivenArguments {
  readonly json: string | undefined;
  readonly pairs: readonly (readonly [string, string])[];
}

/** @throws UsageError when the text is no JSON object */
function parseArguments(json: string): { [name: string]: unknown } {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new UsageError(`The arguments are no JSON: ${(error as Error).message}`, { cause: error });
  }
  if (isObject(value)) return value as { [name: string]: unknown };
  throw new UsageError(`The arguments must be a JSON object, got ${onOneLine(json).slice(0, 80)}.`);
}

/**
 * The arguments of a call, as the tool's schema wants them.
 * @param warn is told of those that the schema neither knows nor forbids: whether they are wrong is the server's to say
 * @throws UsageError when they do not fit it
 */
export function argumentsFor(
  tool: Tool,
  { json, pairs }: GivenArguments,
  warn: (text: string) => void,
): { [name: string]: unknown } {
  const given = json === undefined ? {} : parseArguments(json);
  let args: { [name: string]: unknown };
  try {
    args = { ...given, ...objectOf(pairs, tool.inputSchema, "--arg") };
  } catch (error) {
    if (error instanceof ValueError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
  const strange = strangeness(tool, Object.keys(args));
  const missing = propertiesOf(tool.inputSchema).filter(
    ({ name, required }) => required && !Object.hasOwn(args, name),
  );
  if (missing.length > 0) {
    const wanted = missing.map(
      ({ name, schema }) => `--arg ${onOneLine(name)}=… (${describeType(schema, tool.inputSchema)})`,
    );
    const wants = `${onOneLine(tool.name)} also wants ${wanted.join(", ")}.`;
    throw new UsageError(strange === undefined ? wants : `${wants} ${strange}`);
  }
  if (strange !== undefined) warn(`${strange} Sent all the same.`);
  return args;
}

/** Which of the arguments the tool's schema does not know, and what it knows. */
function strangeness({ name, inputSchema }: Tool, given: readonly string[]): string | undefined {
  const unknown = unknownTo(inputSchema, given);
  if (unknown.length === 0) return undefined;
  const known = propertiesOf(inputSchema);
  const names = known.map((one) => onOneLine(one.name));
  const guessed = unknown.map((one) => {
    const near = nearest(one, names);
    return onOneLine(one) + (near === undefined ? "" : ` (did you mean ${near}?)`);
  });
  const listed = known.map(({ schema }, index) => `${names[index]} (${describeType(schema, inputSchema)})`);
  const noun = guessed.length === 1 ? "argument" : "arguments";
  return `The schema of ${onOneLine(name)} has no ${noun} ${guessed.join(", ")}; it has ${listed.join(", ") || "none"}.`;
}

/** @throws Failure when the server lists none of that name */
export function toolNamed(name: string, tools: readonly Tool[]): Tool {
  const tool = tools.find((one) => one.name === name);
  if (tool !== undefined) return tool;
  const names = tools.map((one) => onOneLine(one.name));
  const near = nearest(name, names);
  const hint = near === undefined ? `It has ${names.join(", ") || "none"}.` : `Did you mean ${near}?`;
  throw new Failure(`The server has no tool ${JSON.stringify(name)}. ${hint}`);
}
