/** A message that is to be appended to the log of a stream. */
export interface Append {
  /** `call`: of a call; `last`: and ends it. */
  readonly kind: "event" | "call" | "last";
  /** The owner of the call; `""` for an event. */
  readonly owner: string;
  readonly text: string;
}

/** An attempt to append a message, by its mark the same one however often it is made. */
export interface MarkedAppend extends Append {
  /** Greater than that of any message which was first tried before. */
  readonly mark: number;
  /** Whether an attempt before may have succeeded. */
  readonly again: boolean;
}

interface Failed extends MarkedAppend {
  readonly at: number;
}

/** For so long, in milliseconds, an append that failed may be made again, of so many streams. */
const AGAIN_MS = 60_000;
const MOST_FAILED = 1_000;

/**
 * Knows an append that is made again, so that the message is in the log once: when a store does not answer, nobody knows
 * whether it has done what it was asked for, or will yet do it.
 */
export class Attempts {
  readonly #failed = new Map<string, Failed[]>();
  #count = 0;

  marked(stream: string, append: Append): MarkedAppend {
    const failed = this.#failed.get(stream) ?? [];
    const since = Date.now() - AGAIN_MS;
    const index = failed.findIndex((before) => before.at > since && isSame(before, append));
    // What was given up before it is not tried again.
    const left = index === -1 ? [] : failed.slice(index + 1);
    if (left.length > 0) this.#failed.set(stream, left);
    else this.#failed.delete(stream);
    const before = failed[index];
    return before === undefined
      ? { ...append, mark: this.#count++, again: false }
      : { ...append, mark: before.mark, again: true };
  }

  /** The store has not answered to these. */
  fail(stream: string, appends: readonly MarkedAppend[]): void {
    const at = Date.now();
    const failed = appends.map(({ kind, owner, text, mark }) => ({
      kind,
      owner,
      text,
      mark,
      again: true,
      at,
    }));
    const before = this.#failed.get(stream) ?? [];
    // Again at the end, so that the oldest are at the beginning.
    this.#failed.delete(stream);
    this.#failed.set(stream, [...before, ...failed]);
    for (const [oldest, attempts] of this.#failed) {
      if (this.#failed.size <= MOST_FAILED && (attempts.at(-1)?.at ?? 0) > at - AGAIN_MS) break;
      this.#failed.delete(oldest);
    }
  }
}

function isSame(one: Append, other: Append): boolean {
  return one.kind === other.kind && one.owner === other.owner && one.text === other.text;
}
