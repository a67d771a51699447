import { ERROR_CODES } from "../protocol/errors.ts";
import type { Run } from "./part.ts";

/** How a call has ended, in one word. */
export type Ending =
  /** It gave its result. */
  | "complete"
  /** A tool gave a result that says that it failed. */
  | "tool_error"
  /** It asks its client, and goes on in another call. */
  | "input_required"
  /** It has become a task. */
  | "task"
  /** It has begun to listen for changes. */
  | "listen"
  /** A limit of `slipway/limits` stood in its way. */
  | "refused"
  /** It ended in a JSON-RPC error. */
  | "error"
  /** Nobody waited for its end any more. */
  | "cancelled";

export function endingOf({ call, outcome }: Pick<Run, "call" | "outcome">): Ending {
  if (call.aborted) return "cancelled";
  switch (outcome?.kind) {
    case "complete":
      return (outcome.result as { isError?: unknown }).isError === true ? "tool_error" : "complete";
    case "error":
      return outcome.error.code === ERROR_CODES.LIMIT_EXCEEDED ? "refused" : "error";
    case "task":
      return outcome.created ? "task" : "complete";
    case "input_required":
    case "listen":
      return outcome.kind;
    default:
      return "complete";
  }
}

/** The JSON-RPC code of the error that a call has ended in. */
export function codeOf({ outcome }: Run): number | undefined {
  return outcome?.kind === "error" ? outcome.error.code : undefined;
}

/**
 * Codes by which a server says that its caller has asked for what it cannot do: no failures of the server's.
 * @see https://github.com/open-telemetry/semantic-conventions-genai/blob/main/model/mcp/common.yaml
 */
const OF_THE_CALLER: ReadonlySet<number> = new Set([
  ERROR_CODES.PARSE_ERROR,
  ERROR_CODES.INVALID_REQUEST,
  ERROR_CODES.METHOD_NOT_FOUND,
  ERROR_CODES.INVALID_PARAMS,
  ERROR_CODES.RESOURCE_NOT_FOUND,
]);

/** Whether an error counts as one of the server. */
export function isFailure(code: number): boolean {
  return !OF_THE_CALLER.has(code);
}
