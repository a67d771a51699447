import type { ElicitUrlRequest } from "../../client/index.ts";
import { RpcError } from "../../protocol/errors.ts";
import { isObject } from "../../protocol/jsonrpc.ts";
import type { Lines } from "../lines.ts";
import type { Screen } from "../screen.ts";
import type { Questions } from "./questions.ts";

/** The call can be done when the user has been to the pages that the error names. */
const PAGES_FIRST = -32042;

interface Help {
  readonly questions: Questions;
  readonly screen: Screen;
  readonly lines: Lines | undefined;
  readonly signal: AbortSignal;
}

/**
 * Calls, and where the server wants the user to open pages before, calls again when the user has been there.
 * @see https://modelcontextprotocol.io/specification/2025-11-25/client/elicitation#url-elicitation-required-error
 */
export async function withPages<T>(call: () => Promise<T>, help: Help): Promise<T> {
  const { questions, screen, lines, signal } = help;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      const pages = pagesIn(error);
      if (pages.length === 0) throw error;
      for (const page of pages) {
        const { action } = await questions.url(page, { signal });
        if (action !== "accept") throw error;
      }
      // Without somebody who says when it is done, it would be tried for ever.
      if (lines === undefined) throw error;
      screen.prompt("Press Enter when you are done there. ");
      if ((await lines.next(signal)) === undefined) throw error;
    }
  }
}

function pagesIn(error: unknown): ElicitUrlRequest[] {
  if (!(error instanceof RpcError) || error.code !== PAGES_FIRST || !isObject(error.data)) return [];
  const pages = error.data["elicitations"];
  return Array.isArray(pages)
    ? pages.filter((page) => isObject(page) && typeof page["url"] === "string")
    : [];
}
