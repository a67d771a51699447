import type fc from "fast-check";

/** One thing that is fed with hostile input. */
export interface Target<C = never> {
  readonly name: string;
  /** How many of a hundred cases are of this target, roughly. */
  readonly share: number;
  /** Generates cases: plain JSON, so that any of them can be kept and run again. */
  readonly cases: fc.Arbitrary<C>;
  /** Gets ready for some cases. Every batch has a subject of its own, so that it can be run again alone. */
  open(): Subject<C> | Promise<Subject<C>>;
}

export interface Subject<C> {
  /** Runs one case. Throws, or rejects with, a `Fault` where something is not as it must be. */
  run(one: C): void | Promise<void>;
  /** Ends what the cases left. Throws a `Fault` where something is held that nobody waits for. */
  close?(): void | Promise<void>;
}
