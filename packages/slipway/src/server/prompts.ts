import { clip, invalidParams } from "../protocol/errors.ts";
import { describe, isObject } from "../protocol/jsonrpc.ts";
import type { GetPromptResult, Icon, Meta, PromptMessage } from "../protocol/types.ts";
import type { Completer, CompletionSource } from "./completer.ts";
import { firstProblem, metaProblem, ownContentProblem, type Problem } from "./content.ts";
import type { Context } from "./context.ts";
import type { Access, Feature } from "./feature.ts";
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
  ? ListedArguments<A[number]>
  : A extends Schema
    ? Infer<A>
    : { readonly [name: string]: never };

/** By the names of a list that was written as a literal; by any name otherwise. */
type ListedArguments<Argument extends PromptArgument> = string extends Argument["name"]
  ? { readonly [name: string]: string | undefined }
  : Flatten<
      { readonly [One in Extract<Argument, { required: true }> as One["name"]]: string } & {
        readonly [One in Exclude<Argument, { required: true }> as One["name"]]?: string;
      }
    >;

type Flatten<T> = { [K in keyof T]: T[K] };

export interface PromptDefinition<A extends PromptArguments | undefined, State extends object>
  extends Access {
  title?: string;
  description?: string;
  arguments?: A;
  icons?: Icon[];
  _meta?: Meta;
  /** Suggests values for arguments: all there are, or a function that finds them. */
  complete?: { [name: string]: CompletionSource };
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

/**
 * The arguments for the handler: those that the prompt has; others are left out.
 * @throws RpcError -32602 for missing or ill-typed arguments
 */
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
  if (prompt.schema === undefined) return declared(prompt, given);
  const validation = await prompt.schema.validate(given);
  if (validation.ok) return validation.value;
  const issues = validation.issues.map((issue) => `${issue.path}: ${issue.message}`).join("; ");
  throw invalidParams(`The arguments of the prompt "${prompt.key}" do not fit its schema: ${issues}`);
}

function declared(prompt: Prompt, given: { readonly [name: string]: unknown }): { [name: string]: unknown } {
  const args = Object.create(null) as { [name: string]: unknown };
  for (const { name } of prompt.arguments) if (Object.hasOwn(given, name)) args[name] = given[name];
  return args;
}

/** @throws Error when what the handler returned is no prompt, which is not the client's to know */
export function toGetPromptResult(prompt: Prompt, returned: PromptReturn): GetPromptResult {
  const described = prompt.definition["description"];
  const head = typeof described === "string" ? { description: described } : {};
  if (typeof returned === "string") {
    return { ...head, messages: [{ role: "user", content: { type: "text", text: returned } }] };
  }
  const rest = isObject(returned) ? (returned as GetPromptResult) : { messages: returned as PromptMessage[] };
  const problem = Array.isArray(rest.messages)
    ? (firstProblem(rest.messages, "messages", messageProblem) ?? metaProblem(rest._meta))
    : `expected a text or a list of messages, got ${describe(rest.messages)}`;
  if (problem === undefined) return { ...head, ...rest, messages: [...rest.messages] };
  throw new Error(`The handler of the prompt "${prompt.key}" returned what is no prompt: ${problem}.`);
}

/** @see https://modelcontextprotocol.io/specification/2026-07-28/server/prompts#promptmessage */
function messageProblem(message: unknown): Problem {
  if (!isObject(message)) return `expected a message, got ${describe(message)}`;
  const { role, content } = message;
  if (role !== "user" && role !== "assistant") return `expected "role" to be "user" or "assistant"`;
  const problem = ownContentProblem(content);
  if (problem !== undefined) return `content: ${problem}`;
  const resource = (content as { resource?: { mimeType?: string } }).resource;
  // Prompts are stricter about it than the schema.
  return resource === undefined || resource.mimeType !== undefined
    ? undefined
    : 'content: expected "resource.mimeType"';
}
