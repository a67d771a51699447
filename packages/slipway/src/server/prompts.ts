import type { Principal } from "../ports/index.ts";
import { clip, invalidParams } from "../protocol/errors.ts";
import { describe, isObject } from "../protocol/jsonrpc.ts";
import type { GetPromptResult, Icon, Meta, PromptMessage } from "../protocol/types.ts";
import type { Completer } from "./completer.ts";
import type { Context } from "./context.ts";
import type { Feature } from "./feature.ts";
import type { CompiledSchema, Infer, JsonSchema, Schema } from "./schema/index.ts";

type MaybePromise<T> = T | Promise<T>;

/** @see https://modelcontextprotocol.io/specification/2026-07-28/server/prompts#prompt */
export interface PromptArgument {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  /** Default: false. */
  readonly required?: boolean;
}

/** A text stands for one message of the user. */
export type PromptReturn = string | readonly PromptMessage[] | GetPromptResult;

/** What describes a prompt's arguments: a schema of an object of strings, or the list itself. */
export type PromptArguments = Schema | readonly PromptArgument[];

export type ArgumentsOf<A> = A extends readonly PromptArgument[]
  ? { readonly [name: string]: string }
  : A extends Schema
    ? Infer<A>
    : { readonly [name: string]: string };

export interface PromptDefinition<A extends PromptArguments | undefined, State extends object> {
  title?: string;
  description?: string;
  arguments?: A;
  icons?: Icon[];
  _meta?: Meta;
  /** Suggests values for arguments. */
  complete?: { [name: string]: Completer };
  visible?: (principal: Principal | undefined) => boolean;
  enabled?: boolean;
  handler(args: ArgumentsOf<A>, ctx: Context<State>): MaybePromise<PromptReturn>;
}

export interface Prompt extends Feature {
  readonly arguments: readonly PromptArgument[];
  readonly schema: CompiledSchema | undefined;
  readonly complete: ReadonlyMap<string, Completer>;
  run(args: unknown, ctx: Context): MaybePromise<PromptReturn>;
}

/** The list of arguments that a JSON Schema describes. */
export function argumentsOfSchema(schema: JsonSchema): PromptArgument[] {
  const properties = isObject(schema["properties"]) ? schema["properties"] : {};
  const required = new Set(Array.isArray(schema["required"]) ? (schema["required"] as unknown[]) : []);
  return Object.entries(properties).map(([name, property]) => ({
    name,
    ...textMember(property, "title"),
    ...textMember(property, "description"),
    required: required.has(name),
  }));
}

function textMember(value: unknown, key: string): { [key: string]: string } {
  const member = isObject(value) ? value[key] : undefined;
  return typeof member === "string" ? { [key]: member } : {};
}

/** @throws RpcError -32602 for missing or ill-typed arguments */
export async function validatePromptArguments(prompt: Prompt, args: unknown): Promise<unknown> {
  if (args !== undefined && !isObject(args)) {
    throw invalidParams(`"arguments" must be an object, got ${describe(args)}.`);
  }
  const given = args ?? {};
  for (const [name, value] of Object.entries(given)) {
    if (typeof value === "string") continue;
    throw invalidParams(`The argument "${clip(name)}" must be a string, got ${describe(value)}.`);
  }
  for (const argument of prompt.arguments) {
    if (argument.required === true && !Object.hasOwn(given, argument.name)) {
      throw invalidParams(`The prompt "${prompt.key}" needs the argument "${argument.name}".`);
    }
  }
  if (prompt.schema === undefined) return given;
  const validation = await prompt.schema.validate(given);
  if (validation.ok) return validation.value;
  const issues = validation.issues.map((issue) => `${issue.path}: ${issue.message}`).join("; ");
  throw invalidParams(`The arguments of the prompt "${prompt.key}" do not fit its schema. ${issues}`);
}

export function toGetPromptResult(prompt: Prompt, returned: PromptReturn): GetPromptResult {
  const described = prompt.definition["description"];
  const head = typeof described === "string" ? { description: described } : {};
  if (typeof returned === "string") {
    return { ...head, messages: [{ role: "user", content: { type: "text", text: returned } }] };
  }
  if (!("messages" in returned)) return { ...head, messages: [...returned] };
  return { ...head, ...returned };
}
