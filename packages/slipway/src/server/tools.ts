import { clip, invalidParams } from "../protocol/errors.ts";
import { describe, isObject } from "../protocol/jsonrpc.ts";
import type { CallToolResult, ContentBlock, Icon, Meta, ToolAnnotations } from "../protocol/types.ts";
import { firstProblem, isBlock, metaProblem, ownContentProblem } from "./content.ts";
import type { Context } from "./context.ts";
import type { Access, Feature } from "./feature.ts";
import type { HandleArguments, WithHandles } from "./handles.ts";
import type { Logger } from "./logger.ts";
import type {
  CompiledSchema,
  Infer,
  InferInput,
  Issue,
  ParamHeader,
  Schema,
  Validation,
} from "./schema/index.ts";

type MaybePromise<T> = T | Promise<T>;

/** What a tool's handler may return without an output schema. */
export type ToolReturn =
  | string
  | number
  | boolean
  | null
  | undefined
  // biome-ignore lint/suspicious/noConfusingVoidType: a handler may end without a return
  | void
  | ContentBlock
  | readonly ContentBlock[]
  | CallToolResult
  | object;

/** A whole result around a structured value, or in place of it. */
export type StructuredReturn<Value> =
  | (Omit<CallToolResult, "content" | "structuredContent"> & {
      content?: ContentBlock[];
      structuredContent: Value;
    })
  | (CallToolResult & { isError: true });

// Not one condition around all, which would hide from the compiler what literals are meant for.
type HandlerReturn<O> =
  | StructuredReturn<O extends Schema ? InferInput<O> : unknown>
  | (O extends Schema ? InferInput<O> : ToolReturn);

/**
 * Whether a call becomes a task: it outlives its request, and its client looks for the result later.
 * `optional`: for clients that know tasks; `required`: others are refused; `never`: for nobody.
 */
export type TaskSupport = "optional" | "required" | "never";

export interface ToolDefinition<
  I extends Schema | undefined,
  O extends Schema | undefined,
  State extends object,
  H extends HandleArguments | undefined = undefined,
> extends Access {
  /** For people; the name is for models and programs. */
  title?: string;
  description?: string;
  /** Must be an object at its root. Left out: the tool takes no arguments. */
  inputSchema?: I;
  /** Results are held to it. */
  outputSchema?: O;
  /** Arguments that are handles: the handler gets what they open, and calls with a wrong one end in a `ToolError`. */
  handles?: H;
  /**
   * Whether a call becomes a task. Clients of 2026-07-28 must declare the extension `io.modelcontextprotocol/tasks`;
   * those of 2025-11-25 ask for a task with each call; earlier ones have none. Default: `"never"`.
   * @see https://modelcontextprotocol.io/seps/2663-tasks-extension
   * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/tasks
   */
  task?: TaskSupport;
  /**
   * When a call becomes a task: `"at once"`, before the handler runs, or `"on detach"`, where the handler calls
   * `ctx.detach()`. What it asks before that is asked as in any other call. Default: `"at once"`.
   */
  taskBegins?: "at once" | "on detach";
  annotations?: ToolAnnotations;
  icons?: Icon[];
  _meta?: Meta;
  /** Runs the handler within bounds of its own: a time-out, a circuit. See `guard` of `slipway/limits`. */
  guard?: ToolGuard;
  /**
   * What is answered where the handler of a tool with a `guard` fails, or is not called: a text, as an error that the
   * model reads, or a function whose result takes the place of the handler's.
   */
  fallback?: string | Handler<I, O, State, H>;
  handler: Handler<I, O, State, H>;
}

type Handler<
  I extends Schema | undefined,
  O extends Schema | undefined,
  State extends object,
  H extends HandleArguments | undefined,
> = (
  args: WithHandles<I extends Schema ? Infer<I> : { [key: string]: never }, H>,
  ctx: Context<State>,
) => MaybePromise<HandlerReturn<O>>;

/** A tool's handler, as a guard gets it. */
export interface GuardedTool {
  readonly name: string;
  readonly logger: Logger;
  readonly run: Tool["run"];
  readonly fallback: string | Tool["run"] | undefined;
}

/** Makes of a tool's handler one that is run within bounds. Called once for each tool. */
export type ToolGuard = (tool: GuardedTool) => Tool["run"];

export interface Tool extends Feature {
  readonly input: CompiledSchema;
  readonly output: CompiledSchema | undefined;
  /** `undefined`: its calls never become tasks. */
  readonly task?: "optional" | "required" | undefined;
  /** Whether a call becomes a task only where its handler says so. */
  readonly detaches?: boolean | undefined;
  /** Arguments that modern clients mirror into `Mcp-Param-*` headers. */
  readonly paramHeaders: readonly ParamHeader[];
  run(args: unknown, ctx: Context): MaybePromise<unknown>;
}

/** The arguments of a call, checked. Rejected arguments are the model's to correct: see {@link rejected}. */
export function validateArguments(tool: Tool, args: unknown): MaybePromise<Validation> {
  if (args !== undefined && !isObject(args)) {
    throw invalidParams(`"arguments" must be an object, got ${describe(args)}.`);
  }
  return tool.input.validate(args ?? {});
}

/** @see https://modelcontextprotocol.io/specification/2025-11-25/server/tools#error-handling */
export function rejected(tool: Tool, issues: readonly Issue[]): CallToolResult {
  return failure(`The arguments of "${tool.key}" do not fit its input schema.\n${list(issues)}`);
}

export function failure(text: string): CallToolResult {
  return { content: [{ type: "text", text }], isError: true };
}

function list(issues: readonly Issue[]): string {
  return issues
    .slice(0, 20)
    .map((issue) => `- ${issue.path === "" ? "" : `${clip(issue.path)}: `}${issue.message}`)
    .join("\n");
}

/** Makes a result of whatever a handler returned. */
export function toCallToolResult(tool: Tool, returned: unknown): MaybePromise<CallToolResult> {
  return tool.output === undefined
    ? fromAnything(tool, returned)
    : fromStructured(tool, tool.output, returned);
}

const RESULT_MEMBERS = new Set(["content", "structuredContent", "isError", "_meta"]);

/** Whether a value is meant as a result; a value of one's own may have a member `content`, too. */
function isResult(value: unknown): value is CallToolResult {
  if (!isObject(value) || !Array.isArray(value["content"]) || !value["content"].every(isTyped)) return false;
  return value["content"].every(isBlock) || Object.keys(value).every((key) => RESULT_MEMBERS.has(key));
}

function isTyped(value: unknown): boolean {
  return isObject(value) && typeof value["type"] === "string";
}

function isBlocks(value: unknown): value is ContentBlock[] {
  return Array.isArray(value) && value.some(isBlock) && value.every(isTyped);
}

function fromAnything(tool: Tool, value: unknown): CallToolResult {
  if (typeof value === "string") return { content: [{ type: "text", text: value }] };
  if (value === undefined) return { content: [] };
  if (isResult(value)) return checkedContent(tool, value);
  if (isBlock(value)) return checkedContent(tool, { content: [value] });
  if (isBlocks(value)) return checkedContent(tool, { content: value });
  if (isObject(value) && "structuredContent" in value) {
    return withText(tool, value as { structuredContent: unknown; content?: ContentBlock[] });
  }
  return structuredResult(value);
}

/** @throws OutputError when a block is not what a client can read */
function checkedContent(tool: Tool, result: CallToolResult): CallToolResult {
  const problem = firstProblem(result.content, "content", ownContentProblem) ?? metaProblem(result._meta);
  if (problem === undefined) return result;
  throw new OutputError(`The handler of "${tool.key}" returned what is not content of MCP: ${problem}.`);
}

function withText(
  tool: Tool,
  result: { structuredContent: unknown; content?: ContentBlock[] },
): CallToolResult {
  if (Array.isArray(result.content)) return checkedContent(tool, result as CallToolResult);
  return checkedContent(tool, { ...result, content: [asText(result.structuredContent)] });
}

function structuredResult(structuredContent: unknown): CallToolResult {
  return { content: [asText(structuredContent)], structuredContent };
}

/** Clients that know no structured content read the same as text. */
function asText(value: unknown): ContentBlock {
  return { type: "text", text: JSON.stringify(value) ?? "null" };
}

function fromStructured(tool: Tool, output: CompiledSchema, returned: unknown): MaybePromise<CallToolResult> {
  if (isObject(returned)) {
    if (returned["isError"] === true && isResult(returned)) return checkedContent(tool, returned);
    if ("structuredContent" in returned) {
      const validation = output.validate(returned["structuredContent"]);
      const finish = (checked: Validation) =>
        withText(tool, { ...returned, structuredContent: fitting(tool, checked) });
      return validation instanceof Promise ? validation.then(finish) : finish(validation);
    }
  }
  const validation = output.validate(returned);
  return validation instanceof Promise
    ? validation.then((checked) => structuredResult(fitting(tool, checked)))
    : structuredResult(fitting(tool, validation));
}

/** @throws OutputError when the value does not fit the tool's output schema */
function fitting(tool: Tool, checked: Validation): unknown {
  if (checked.ok) return checked.value;
  throw new OutputError(
    `The handler of "${tool.key}" returned what does not fit its output schema.\n${list(checked.issues)}`,
  );
}

/** A handler broke its own promise: the server's fault, so the client is told no more than that. */
class OutputError extends Error {
  override readonly name: string = "OutputError";
}
