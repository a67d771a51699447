import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { GIVEN_SECRET, SECRET } from "./secret.ts";
import type { Target } from "./target.ts";
import type { Answer } from "./wire.ts";

/** One attack, and the answer that the documentation promises for it. */
export interface Attack {
  readonly name: string;
  readonly by: (target: Target) => Promise<Answer | readonly Answer[]>;
  /** What each answer must be. */
  readonly answer: Expected;
}

export type Expected =
  /** A JSON-RPC error, with the status of HTTP where there is one. */
  | { readonly status?: number; readonly code: number; readonly says: RegExp; readonly id?: string | number }
  /** A tool's failure, for the model to read. */
  | { readonly failed: RegExp }
  /** It does no harm: the text of a result, or of a whole message where it is no tool's. */
  | { readonly served: RegExp }
  /** A bare status of HTTP. */
  | { readonly status: number; readonly body?: RegExp };

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** What only the inside of a server says. */
const INSIDE = [
  SECRET,
  GIVEN_SECRET,
  ROOT,
  "slipway-attacks-",
  "node_modules",
  "node:",
  "ENOENT",
  "EACCES",
  "EISDIR",
  "TypeError",
  "RangeError",
  "SyntaxError",
  "ReferenceError",
  "Unexpected token",
  "Cannot read",
  "is not a function",
  "call stack",
  "postgres:",
];
const STACK_FRAME = /\bat \S+ \(?[^)\s]+:\d+:\d+|\.[jt]s:\d+/;

/** Whether nothing of the server's inside is in what a client got. */
function expectNoLeak({ head, body }: Answer): void {
  const text = `${head}\n${body}`;
  expect(INSIDE.filter((inside) => text.includes(inside))).toEqual([]);
  expect(text).not.toMatch(STACK_FRAME);
  expect(head).not.toMatch(/^(server|x-powered-by):/im);
}

export function expectAnswer(answer: Answer, expected: Expected): void {
  expectNoLeak(answer);
  const last = answer.messages.at(-1) ?? {};
  if ("code" in expected) {
    const { status, code, says, id } = expected;
    expect({ status: answer.status, ...last }).toEqual({
      jsonrpc: "2.0",
      error: {
        code,
        message: expect.stringMatching(says),
        ...("data" in (last["error"] ?? {}) && { data: expect.anything() }),
      },
      ...(status === undefined || answer.status === undefined ? { status: answer.status } : { status }),
      ...(last["id"] !== undefined && { id: id ?? last["id"] }),
    });
  } else if ("failed" in expected) {
    expect(last["result"]).toMatchObject({
      isError: true,
      content: [{ type: "text", text: expect.stringMatching(expected.failed) }],
    });
  } else if ("served" in expected) {
    expect(last).not.toHaveProperty("error");
    expect(last["result"]?.isError).not.toBe(true);
    expect(last["result"]?.content?.[0]?.text ?? JSON.stringify(last)).toMatch(expected.served);
  } else {
    expect(answer.status).toBe(expected.status);
    expect(answer.body).toMatch(expected.body ?? /^$/);
  }
}
