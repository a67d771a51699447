import { RpcError, ToolError } from "../protocol/errors.ts";

/** How a step ended, as a journal keeps it. Plain JSON. */
export type StepOutcome = { readonly value?: unknown } | { readonly error: StepFailure };

interface StepFailure {
  readonly name: string;
  readonly message: string;
  /** Whether it was a `ToolError`, whose message is meant for the model. */
  readonly spoken?: boolean;
  /** The code and data of an `RpcError`. */
  readonly code?: number;
  readonly data?: unknown;
}

/**
 * What JSON keeps of a step's value.
 * @throws TypeError when that is nothing
 */
export function succeeded(value: unknown, step: string): StepOutcome {
  if (value === undefined) return {};
  const holds =
    typeof value === "object" || Number.isFinite(value) || ["string", "boolean"].includes(typeof value);
  if (!holds)
    throw new TypeError(`ctx.step("${step}") must return what JSON can hold, got ${String(value)}.`);
  try {
    return { value: JSON.parse(JSON.stringify(value)) };
  } catch (cause) {
    throw new TypeError(`ctx.step("${step}") must return what JSON can hold.`, { cause });
  }
}

export function failed(error: unknown): StepOutcome {
  if (error instanceof ToolError) {
    return { error: { name: error.name, message: error.message, spoken: true } };
  }
  if (error instanceof RpcError) {
    const { name, message, code, data } = error;
    return { error: { name, message, code, ...dataOf(data) } };
  }
  if (error instanceof Error) return { error: { name: error.name, message: error.message } };
  return { error: { name: "Error", message: String(error) } };
}

/** What JSON cannot hold is left out. */
function dataOf(data: unknown): { data?: unknown } {
  try {
    return data === undefined ? {} : { data: copyOf(data) };
  } catch {
    return {};
  }
}

/**
 * Gives a step's value or throws its error: the same on its first run as on every later one, and each time a
 * value of its own, so that what the handler does to it does not reach the journal.
 * @param cause what the step threw, where it has just run
 */
export function reproduce(outcome: StepOutcome, cause?: unknown): unknown {
  if (!("error" in outcome)) return copyOf(outcome.value);
  const error = recreate(outcome.error);
  if (cause !== undefined) error.cause = cause;
  throw error;
}

function recreate({ name, message, spoken, code, data }: StepFailure): Error {
  if (spoken === true) return new ToolError(message);
  if (code !== undefined) return new RpcError(code, message, data);
  return Object.defineProperty(new Error(message), "name", { value: name, configurable: true });
}

/** A copy of what is plain JSON; of anything else, what JSON keeps of it. */
export function copyOf(value: unknown): unknown {
  return typeof value === "object" && value !== null ? JSON.parse(JSON.stringify(value)) : value;
}
