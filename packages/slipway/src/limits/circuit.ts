import type { CircuitBreakerPolicy } from "cockatiel";
import { ToolError } from "../protocol/errors.ts";
import type { GuardedTool } from "../server/index.ts";

export interface CircuitOptions {
  /** How many failures in a row open the circuit. Default: 5. */
  failures?: number;
  /** How long it stays open until one call may try, in milliseconds. Default: 30,000. */
  resetMs?: number;
}

/** The handler was not called, since the circuit is open. */
export class Unavailable extends ToolError {}

/** An error that says nothing about what the handler depends on. */
export class Uncounted extends Error {
  readonly error: unknown;
  /** Whether nobody waited for the handler any more. */
  readonly aborted: boolean;

  constructor(error: unknown, aborted: boolean) {
    super("A handler was left.");
    this.error = error;
    this.aborted = aborted;
  }
}

type Library = typeof import("cockatiel");

/** The circuit of one tool, by `cockatiel`. */
export class Circuit {
  readonly #tool: GuardedTool;
  readonly #failures: number;
  readonly #resetMs: number;
  readonly #isFailure: (error: unknown) => boolean;
  #made: Promise<{ library: Library; policy: CircuitBreakerPolicy }> | undefined;
  #opensAt = 0;

  /** @throws RangeError */
  constructor(
    tool: GuardedTool,
    { failures = 5, resetMs = 30_000 }: CircuitOptions,
    isFailure: (error: unknown) => boolean,
  ) {
    for (const value of [failures, resetMs]) {
      if (value > 0) continue;
      throw new RangeError(`tool("${tool.name}"), circuit: expected positive numbers, got ${String(value)}.`);
    }
    this.#tool = tool;
    this.#failures = failures;
    this.#resetMs = resetMs;
    this.#isFailure = isFailure;
  }

  /** @throws Unavailable when the circuit is open */
  async run<T>(work: () => Promise<T>): Promise<T> {
    this.#made ??= this.#make();
    const { library, policy } = await this.#made;
    // One call tries; the others do not wait for it.
    if (policy.state === library.CircuitState.HalfOpen) throw this.#unavailable();
    try {
      return await policy.execute(work);
    } catch (error) {
      throw error instanceof library.BrokenCircuitError ? this.#unavailable() : error;
    }
  }

  async #make() {
    const library = await load(this.#tool.name);
    const { CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhen } = library;
    const counts = (error: unknown): boolean => {
      if (!(error instanceof Uncounted)) return this.#isFailure(error);
      // A call that was to try and was given up has not shown that it works again.
      return error.aborted && policy.state === CircuitState.HalfOpen;
    };
    const policy = circuitBreaker(handleWhen(counts), {
      halfOpenAfter: this.#resetMs,
      breaker: new ConsecutiveBreaker(this.#failures),
    });
    const { name, logger } = this.#tool;
    policy.onBreak(() => {
      this.#opensAt = performance.now() + this.#resetMs;
      logger.warn(`The circuit of the tool "${name}" is open: it is not called for ${this.#resetMs} ms.`);
    });
    policy.onReset(() => logger.warn(`The circuit of the tool "${name}" is closed: it is called again.`));
    return { library, policy };
  }

  #unavailable(): Unavailable {
    const seconds = Math.max(1, Math.ceil((this.#opensAt - performance.now()) / 1_000));
    return new Unavailable(
      `The tool "${this.#tool.name}" is temporarily unavailable. Try again in ${seconds} second${seconds === 1 ? "" : "s"}.`,
    );
  }
}

async function load(tool: string): Promise<Library> {
  try {
    return await import("cockatiel");
  } catch (cause) {
    throw new Error(
      `The circuit of the tool "${tool}" needs the package "cockatiel" (npm install cockatiel).`,
      {
        cause,
      },
    );
  }
}
