import { ClientRequestTimeoutError } from "../ports/index.ts";
import { RpcError, ToolError } from "../protocol/errors.ts";
import { type Call, Context, type GuardedTool, SuspendSignal, type ToolGuard } from "../server/index.ts";
import { Circuit, type CircuitOptions, Unavailable, Uncounted } from "./circuit.ts";
import { stop, tooLong, whenLate } from "./time-out.ts";

export type { CircuitOptions };

export interface GuardOptions {
  /**
   * How long the handler may take, in milliseconds, without the time for which it waits for its client's answers. Then
   * its signal fires, and it has failed, whatever it does. Default: 30,000; of a task, as long as it takes.
   */
  timeoutMs?: number;
  /**
   * After some failures in a row the handler is not called for a while; then one call tries whether it works again.
   * Needs the optional peer `cockatiel`. Default: none.
   */
  circuit?: CircuitOptions;
  /**
   * Whether an error says that what the tool depends on does not work. Default: all errors but `ToolError` and
   * `RpcError`, by which a handler that works says something.
   */
  isFailure?: (error: unknown) => boolean;
}

const DEFAULT_TIMEOUT_MS = 30_000;

/**
 * For the `guard` of a tool: bounds how long its handler takes, calls it less while it fails, and answers by the tool's
 * `fallback` where it does. Each tool has a circuit of its own, in each instance.
 *
 * @example
 * server.tool("forecast", {
 *   guard: guard({ timeoutMs: 5_000, circuit: { failures: 5 } }),
 *   fallback: "Error: Data source temporarily unavailable. Please try again in a few minutes.",
 *   handler: () => …,
 * });
 * @throws RangeError when a number is not positive
 */
export function guard(options: GuardOptions = {}): ToolGuard {
  const { timeoutMs } = options;
  if (timeoutMs !== undefined && !(timeoutMs > 0)) {
    throw new RangeError(`guard({ timeoutMs }): expected a positive number, got ${String(timeoutMs)}.`);
  }
  return (tool) => {
    const guarded = new Guarded(tool, options);
    return (args, ctx) => guarded.run(args, ctx);
  };
}

class Guarded {
  readonly #tool: GuardedTool;
  readonly #options: GuardOptions;
  readonly #circuit: Circuit | undefined;

  constructor(tool: GuardedTool, options: GuardOptions) {
    this.#tool = tool;
    this.#options = options;
    if (options.circuit === undefined) return;
    this.#circuit = new Circuit(tool, options.circuit, (error) => this.#isFailure(error));
  }

  async run(args: unknown, ctx: Context): Promise<unknown> {
    const call = Context.callOf(ctx);
    const attempt = () => this.#attempt(args, ctx, call);
    try {
      return await (this.#circuit === undefined ? attempt() : this.#circuit.run(attempt));
    } catch (error) {
      if (error instanceof Uncounted) throw error.error;
      if (!(error instanceof Unavailable || this.#isFailure(error))) throw error;
      return this.#failed(error, args, ctx);
    }
  }

  #failed(error: unknown, args: unknown, ctx: Context): unknown {
    const { fallback, logger, name } = this.#tool;
    if (fallback === undefined) throw error;
    if (!(error instanceof Unavailable))
      logger.warn(`The tool "${name}" failed; its fallback answers.`, error);
    if (typeof fallback === "string") throw new ToolError(fallback);
    return fallback(args, ctx);
  }

  #attempt(args: unknown, ctx: Context, call: Call): Promise<unknown> {
    const { name, run } = this.#tool;
    const timeoutMs =
      this.#options.timeoutMs ?? (call.outlet.task ? Number.POSITIVE_INFINITY : DEFAULT_TIMEOUT_MS);
    return new Promise((resolve, reject) => {
      const late = () => {
        if (isGivenUp(call)) return reject(new Uncounted(call.stopReason, call.aborted));
        const message = tooLong(`The tool "${name}"`, timeoutMs);
        stop(call, message);
        reject(new TimedOut(message));
      };
      const clear = timeoutMs === Number.POSITIVE_INFINITY ? () => {} : whenLate(call, timeoutMs, late);
      const ended = async () => run(args, ctx);
      ended()
        .then(resolve, (error) => reject(isGivenUp(call) ? new Uncounted(error, call.aborted) : error))
        .finally(clear);
    });
  }

  #isFailure(error: unknown): boolean {
    if (error instanceof TimedOut) return true;
    const { isFailure } = this.#options;
    return isFailure === undefined ? !isSaid(error) : isFailure(error);
  }
}

/** What a handler that takes too long is answered with, where there is no fallback. */
class TimedOut extends ToolError {}

/** Nobody waits for the handler any more, or it waits for its client. */
function isGivenUp(call: Call): boolean {
  return call.aborted || call.suspension !== undefined;
}

/** Errors by which a handler that works says something. */
function isSaid(error: unknown): boolean {
  return [ToolError, RpcError, ClientRequestTimeoutError, SuspendSignal].some(
    (kind) => error instanceof kind,
  );
}
