import { invalidParams } from "../protocol/errors.ts";
import { describe, isObject } from "../protocol/jsonrpc.ts";
import type { SamplingRequest, SamplingResult, ToolResultContent } from "../protocol/types.ts";
import { contentProblem, firstProblem, type Problem, shown } from "./content.ts";
import type { CompiledSchema, JsonSchema } from "./schema/index.ts";

/** Prepares the output schema of a tool that the model may use. */
export type CompileOutput = (schema: JsonSchema, where: string) => Pick<CompiledSchema, "validate">;

const SIMPLE = new Set<unknown>(["text", "image", "audio"]);

/**
 * Refuses a sampling request that a client would have to refuse.
 * @throws TypeError with the message's place
 * @see https://modelcontextprotocol.io/specification/2026-07-28/client/sampling#tool-result-messages
 */
export async function checkSampling(sampling: SamplingRequest, compile: CompileOutput): Promise<void> {
  const { messages, maxTokens } = sampling;
  if (!Array.isArray(messages)) throw wrong(`expected "messages" to be a list, got ${describe(messages)}`);
  if (typeof maxTokens !== "number" || !(maxTokens > 0)) {
    throw wrong(`expected "maxTokens" to be a number above 0, got ${describe(maxTokens)}`);
  }
  const problem = firstProblem(messages, "messages", messageProblem);
  if (problem !== undefined) throw wrong(problem);
  checkBalance(messages);
  for (const { result, tool } of resultsOf(messages)) await checkStructure(sampling, tool, result, compile);
}

/**
 * The client's answer.
 * @throws RpcError -32602 when it is not what the protocol says it is
 */
export function readSamplingResult(answer: unknown): SamplingResult {
  const problem = isObject(answer)
    ? (messageProblem(answer) ??
      (typeof answer["model"] === "string" ? undefined : `expected "model" to be a string`))
    : `expected an object, got ${describe(answer)}`;
  if (problem === undefined) return answer as unknown as SamplingResult;
  throw invalidParams(`The client's answer to sampling/createMessage is not valid: ${problem}.`);
}

function messageProblem(message: unknown): Problem {
  if (!isObject(message)) return `expected a message, got ${describe(message)}`;
  const { role, content } = message;
  if (role !== "user" && role !== "assistant") return `expected "role" to be "user" or "assistant"`;
  if (Array.isArray(content)) return firstProblem(content, "content", blockProblem);
  const problem = blockProblem(content);
  return problem === undefined ? undefined : `content: ${problem}`;
}

function blockProblem(block: unknown): Problem {
  if (!isObject(block)) return `expected a content block, got ${describe(block)}`;
  const { type } = block;
  if (SIMPLE.has(type)) return contentProblem(block);
  if (type === "tool_use") {
    const { id, name, input } = block;
    return typeof id === "string" && typeof name === "string" && isObject(input)
      ? undefined
      : `expected a tool use to have the strings "id" and "name", and the object "input"`;
  }
  if (type !== "tool_result") {
    return `expected "type" to be one of ${[...SIMPLE].join(", ")}, tool_use, tool_result, got ${shown(type)}`;
  }
  const { toolUseId, content } = block;
  if (typeof toolUseId !== "string" || !Array.isArray(content)) {
    return `expected a tool result to have the string "toolUseId" and the list "content"`;
  }
  return firstProblem(content, "content", contentProblem);
}

/** A message with tool uses is followed by one with a result for each of them, and with nothing else. */
function checkBalance(messages: SamplingRequest["messages"]): void {
  let open: readonly string[] = [];
  for (const [index, message] of messages.entries()) {
    const blocks = blocksOf(message);
    const results = blocks.filter((block) => block.type === "tool_result").map((block) => block.toolUseId);
    if (results.length > 0 && results.length < blocks.length) {
      throw wrong(
        `messages[${index}] holds tool results and something else; put the rest into another message`,
      );
    }
    const missing = open.find((id) => !results.includes(id));
    if (missing !== undefined) {
      throw wrong(`messages[${index}] must hold the result of the tool use "${missing}" before it`);
    }
    const stray = results.find((id, place) => !open.includes(id) || results.indexOf(id) !== place);
    if (stray !== undefined) {
      throw wrong(
        `messages[${index}] holds a result for "${stray}", which is none of the tool uses before it`,
      );
    }
    open = blocks.filter((block) => block.type === "tool_use").map((block) => block.id);
  }
  if (open.length > 0) throw wrong(`the tool use "${open[0]}" of the last message has no result`);
}

function blocksOf({ content }: SamplingRequest["messages"][number]) {
  return Array.isArray(content) ? content : [content];
}

/** The tool results, each with the name of the tool that gave it. */
function* resultsOf(
  messages: SamplingRequest["messages"],
): Generator<{ result: ToolResultContent; tool: string }> {
  const tools = new Map<string, string>();
  for (const block of messages.flatMap(blocksOf)) {
    if (block.type === "tool_use") tools.set(block.id, block.name);
    else if (block.type === "tool_result") yield { result: block, tool: tools.get(block.toolUseId) ?? "" };
  }
}

/** @see https://modelcontextprotocol.io/specification/2026-07-28/schema#toolresultcontent */
async function checkStructure(
  { tools }: SamplingRequest,
  name: string,
  { structuredContent, isError }: ToolResultContent,
  compile: CompileOutput,
): Promise<void> {
  const schema = tools?.find((tool) => tool.name === name)?.outputSchema;
  if (schema === undefined || structuredContent === undefined || isError === true) return;
  const checked = await compile(schema, `outputSchema of the sampling tool "${name}"`).validate(
    structuredContent,
  );
  if (checked.ok) return;
  const issues = checked.issues.map(({ path, message }) => `${path || "structuredContent"}: ${message}`);
  throw wrong(`the result of the tool "${name}" does not fit its output schema. ${issues.join("; ")}`);
}

function wrong(what: string): TypeError {
  return new TypeError(`ctx.sample: ${what}.`);
}
