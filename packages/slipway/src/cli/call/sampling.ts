import type {
  AskContext,
  CreateMessageRequest,
  CreateMessageResult,
  SamplingMessage,
} from "../../client/index.ts";
import { RpcError } from "../../protocol/errors.ts";
import type { Lines } from "../lines.ts";
import { onOneLine, printable, printableJson } from "../printable.ts";
import type { Screen } from "../screen.ts";

/** Answers what the server asks of a language model: by a text that was given, or by whoever sits at the terminal. */
export function samplingBy(
  given: string | undefined,
  screen: Screen,
  lines: Lines | undefined,
): (request: CreateMessageRequest, context: AskContext) => Promise<CreateMessageResult> {
  return async ({ systemPrompt, messages, maxTokens }, { signal }) => {
    screen.line(`The server asks a language model (at most ${onOneLine(maxTokens)} tokens):`);
    if (systemPrompt !== undefined) screen.line(`  system: ${printable(systemPrompt)}`);
    for (const message of Array.isArray(messages) ? messages : [])
      screen.line(`  ${onOneLine(message.role)}: ${textOf(message)}`);
    if (given !== undefined) return answer(given);
    screen.prompt("Answer in its stead, on one line; an empty one refuses: ");
    const text = await lines?.next(signal);
    // As the specification has it for a user who refuses.
    if (text === undefined || text === "") throw new RpcError(REFUSED, "The user refused the request.");
    return answer(text);
  };
}

/** @see https://modelcontextprotocol.io/specification/2025-11-25/client/sampling#error-handling */
const REFUSED = -1;

function answer(text: string): CreateMessageResult {
  return { role: "assistant", content: { type: "text", text }, model: "a person", stopReason: "endTurn" };
}

function textOf({ content }: SamplingMessage): string {
  const blocks = Array.isArray(content) ? content : [content];
  return blocks
    .map((block) => (block?.type === "text" ? printable(block.text) : printableJson(block)))
    .join("\n    ");
}
