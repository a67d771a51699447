import { ERROR_CODES, RpcError } from "../protocol/errors.ts";
import type { Call, Happening, Load, Observer, Outcome, PortName, Refusal, Served } from "../server/index.ts";
import { Backlog } from "./backlog.ts";
import { type Ending, endingOf } from "./ending.ts";

/** One call while it is watched: what its parts have in common. */
export class Run {
  readonly call: Call;
  /** By `performance.now()`. */
  readonly startedAt = performance.now();
  /** Known when it has ended, in milliseconds. */
  durationMs = 0;
  /** Known when it has ended. */
  outcome: Outcome | undefined;
  /** Known when it has ended. */
  ending: Ending = "complete";
  /** The span that is the call, where calls are traced: what is logged of the call names it. */
  span: { readonly traceId: string; readonly spanId: string } | undefined;

  constructor(call: Call) {
    this.call = call;
  }

  end(outcome: Outcome): void {
    this.durationMs = performance.now() - this.startedAt;
    this.outcome = outcome;
    this.ending = endingOf(this);
  }
}

/** What `observe` puts together. None of its methods stops a call by what it throws. */
export interface Part {
  /** A call begins. */
  began?(run: Run): void;
  /** Whether `around` has to be called for the call. Left out: for each. */
  surrounds?(run: Run): boolean;
  /** Serves the call by `next`, where something has to surround it, such as an active span. */
  around?(run: Run, next: () => Outcome | Promise<Outcome>): Outcome | Promise<Outcome>;
  /** A call has ended: `run.outcome`, `run.ending` and `run.durationMs` are known. */
  ended?(run: Run): void;
  /**
   * A call has ended a moment ago, and was answered. What does not have to happen at once is better done here: what is done
   * for several calls in a row is done several times faster than what is done once for each between all the rest.
   * @param atMs when it is told, in milliseconds since 1970
   */
  tell?(run: Run, atMs: number): void;
  /** A connection was made, which `serve` begins to serve. */
  connected?(serve: () => void): void;
  refused?(refusal: Refusal): void;
  happened?(happening: Happening): void;
  watch?(load: () => Load, served: Served): () => void;
  adapter?<T extends object>(port: PortName, adapter: T): T;
  /** Writes what is still to be written. */
  close?(): Promise<void>;
}

/** What is served as the outcome of a call that has thrown, and thrown again. */
export const THROWN: Outcome = {
  kind: "error",
  error: new RpcError(ERROR_CODES.INTERNAL_ERROR, "Internal error"),
};

/** One observer for any number of parts: one wrapper for each call, whoever looks at it. */
export function observerOf(
  parts: readonly Part[],
  failed: (error: unknown) => void,
): { readonly observer: Required<Observer>; readonly backlog: Backlog } {
  const safely = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      failed(error);
    }
  };
  const telling = parts.filter((part) => part.tell);
  const backlog = new Backlog((runs) => {
    const atMs = Date.now();
    for (const part of telling) {
      for (const run of runs) {
        try {
          part.tell?.(run, atMs);
        } catch (error) {
          failed(error);
        }
      }
    }
  });
  // What most calls pass is without closures.
  const began = parts.filter((part) => part.began);
  const ended = parts.filter((part) => part.ended);
  const happened = parts.filter((part) => part.happened);
  const around = parts.filter((part) => part.around).reverse();
  const end = (run: Run, outcome: Outcome): void => {
    run.end(outcome);
    for (const part of ended) {
      try {
        part.ended?.(run);
      } catch (error) {
        failed(error);
      }
    }
    if (telling.length > 0) backlog.add(run);
  };
  const observer: Required<Observer> = {
    serve(call, next) {
      const run = new Run(call);
      for (const part of began) {
        try {
          part.began?.(run);
        } catch (error) {
          failed(error);
        }
      }
      let inner: (() => Outcome | Promise<Outcome>) | undefined;
      for (const part of around) {
        if (part.surrounds?.(run) === false) continue;
        const surrounded = inner ?? (() => next(call));
        inner = () => (part as Required<Part>).around(run, surrounded);
      }
      let outcome: Outcome | Promise<Outcome>;
      try {
        outcome = inner === undefined ? next(call) : inner();
      } catch (error) {
        end(run, THROWN);
        throw error;
      }
      if (!(outcome instanceof Promise)) {
        end(run, outcome);
        return outcome;
      }
      return outcome.then(
        (done) => {
          end(run, done);
          return done;
        },
        (error: unknown) => {
          end(run, THROWN);
          throw error;
        },
      );
    },
    connected(serve) {
      let inner = serve;
      for (const part of parts) {
        const { connected } = part;
        if (connected === undefined) continue;
        const surrounded = inner;
        inner = () => connected.call(part, surrounded);
      }
      inner();
    },
    refused(refusal) {
      for (const part of parts) safely(() => part.refused?.(refusal));
    },
    happened(happening) {
      for (const part of happened) {
        try {
          part.happened?.(happening);
        } catch (error) {
          failed(error);
        }
      }
    },
    watch(load, served) {
      const ends = parts.map((part) => part.watch?.(load, served));
      return () => {
        for (const unwatch of ends) safely(() => unwatch?.());
      };
    },
    adapter(port, adapter) {
      return parts.reduce((inner, part) => part.adapter?.(port, inner) ?? inner, adapter);
    },
  };
  return { observer, backlog };
}
