import type { Context } from "./context.ts";

export interface CompletionContext {
  /** Arguments or variables that the client has settled already. */
  readonly arguments: { readonly [name: string]: string };
  readonly ctx: Context;
}

/** Suggestions, the best first. At most 100 are sent. */
export type Suggestions =
  | readonly string[]
  | { readonly values: readonly string[]; readonly total?: number; readonly hasMore?: boolean };

/**
 * Suggests values for an argument or a variable.
 * @param value what the user has typed so far
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/completion
 */
export type Completer = (value: string, context: CompletionContext) => Suggestions | Promise<Suggestions>;
