import type { Observer } from "../../server/index.ts";
import type { Served } from "../load/index.ts";

/** A file as it was at one time. It is closed when another has taken its place and its last call has ended. */
export class Generation {
  readonly served: Served;
  readonly #failed: (error: unknown) => void;
  #calls = 0;
  #retired = false;

  constructor(served: Served, failed: (error: unknown) => void) {
    this.served = served;
    this.#failed = failed;
  }

  /** Counts a call until the returned function is called. */
  begin(): () => void {
    this.#calls++;
    return () => {
      this.#calls--;
      this.#closeIfDone();
    };
  }

  retire(): void {
    this.#retired = true;
    this.#closeIfDone();
  }

  #closeIfDone(): void {
    if (this.#retired && this.#calls === 0) this.served.close().catch(this.#failed);
  }
}

/** Counts calls to whichever generation they begin with. */
export function counting(current: () => Generation, inner: Observer): Observer {
  return {
    serve(call, next) {
      const end = current().begin();
      try {
        const outcome = inner.serve(call, next);
        if (outcome instanceof Promise) return outcome.finally(end);
        end();
        return outcome;
      } catch (error) {
        end();
        throw error;
      }
    },
    refused: (refusal) => inner.refused?.(refusal),
  };
}
