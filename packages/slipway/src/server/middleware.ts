import type { Context } from "./context.ts";
import type { Outcome } from "./outcome.ts";

/**
 * Wraps every method. `next` runs the rest and gives its outcome; what the middleware returns instead
 * replaces it. Throwing ends the call with the error.
 */
export type Middleware<State extends object = { [key: string]: unknown }> = (
  ctx: Context<State>,
  next: () => Promise<Outcome>,
) => Promise<Outcome | undefined> | Promise<void>;

/** Middleware around what comes last. */
export type Chain = (ctx: Context, last: () => Outcome | Promise<Outcome>) => Outcome | Promise<Outcome>;

/** The chain as one function, Koa-style. */
export function compose(stack: readonly Middleware[]): (...args: Parameters<Chain>) => Promise<Outcome> {
  return (ctx, last) => {
    const run = async (index: number): Promise<Outcome> => {
      const middleware = stack[index];
      if (middleware === undefined) return last();
      let below: Promise<Outcome> | undefined;
      const next = () => {
        if (below !== undefined) throw new Error("A middleware called next() twice.");
        below = run(index + 1);
        return below;
      };
      const replacement = await middleware(ctx, next);
      if (replacement !== undefined) return replacement;
      if (below === undefined) {
        throw new Error("A middleware neither called next() nor returned an outcome.");
      }
      return below;
    };
    return run(0);
  };
}
