import { StoreUnavailableError } from "../../ports/index.ts";

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
  readonly mark: string;
  /** Whether an attempt before may have succeeded. */
  readonly again: boolean;
}

/** Appends to one stream in one step; gives an id for each, or `undefined` for what was not appended. */
export type AppendAll = (
  sessionId: string,
  streamId: string,
  appends: readonly MarkedAppend[],
) => Promise<readonly (string | undefined)[]>;

interface Waiting extends MarkedAppend {
  resolve(entryId: string | undefined): void;
  reject(error: unknown): void;
}

interface Failed extends MarkedAppend {
  readonly at: number;
}

/** In one step; more wait for the next. */
const MOST_AT_ONCE = 64;
const MOST_CHARACTERS_AT_ONCE = 1024 * 1024;

/** For so long, in milliseconds, an append that failed may be made again, of so many streams. */
const AGAIN_MS = 60_000;
const MOST_FAILED = 1_000;

/**
 * Keeps the appends to each stream in the order in which they were asked for: one step at a time is under way, and what
 * comes meanwhile goes together with the next. So nothing that Redis or a library does to a command can make it overtake
 * another.
 *
 * When Redis does not answer, nobody knows whether the messages are in the log. Whoever tries again with the same message
 * makes the same attempt, and it is in the log once.
 */
export class Appender {
  readonly #appendAll: AppendAll;
  readonly #waiting = new Map<string, Waiting[]>();
  readonly #failed = new Map<string, Failed[]>();
  readonly #name = crypto.randomUUID().slice(0, 8);
  #count = 0;

  constructor(appendAll: AppendAll) {
    this.#appendAll = appendAll;
  }

  append(sessionId: string, streamId: string, append: Append): Promise<string | undefined> {
    const key = JSON.stringify([sessionId, streamId]);
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { ...append, ...this.#markOf(key, append), resolve, reject };
      const queue = this.#waiting.get(key);
      if (queue !== undefined) {
        queue.push(waiting);
        return;
      }
      const first = [waiting];
      this.#waiting.set(key, first);
      void this.#work(key, sessionId, streamId, first);
    });
  }

  /** Takes from the queue, which stays in its place, until it is empty. */
  async #work(key: string, sessionId: string, streamId: string, queue: Waiting[]): Promise<void> {
    while (queue.length > 0) {
      const batch = queue.splice(0, fitting(queue));
      try {
        const ids = await this.#appendAll(sessionId, streamId, batch);
        for (const [index, { resolve }] of batch.entries()) resolve(ids[index]);
      } catch (error) {
        if (error instanceof StoreUnavailableError) this.#remember(key, batch);
        for (const { reject } of batch) reject(error);
      }
    }
    this.#waiting.delete(key);
  }

  #markOf(key: string, append: Append): { mark: string; again: boolean } {
    const failed = this.#failed.get(key) ?? [];
    const since = Date.now() - AGAIN_MS;
    const index = failed.findIndex((before) => before.at > since && isSame(before, append));
    // What was given up before it is not tried again.
    const left = index === -1 ? [] : failed.slice(index + 1);
    if (left.length > 0) this.#failed.set(key, left);
    else this.#failed.delete(key);
    const before = failed[index];
    if (before !== undefined) return { mark: before.mark, again: true };
    return { mark: `${this.#name}${(this.#count++).toString(36)}`, again: false };
  }

  #remember(key: string, batch: readonly MarkedAppend[]): void {
    const at = Date.now();
    const failed = batch.map(({ kind, owner, text, mark }) => ({ kind, owner, text, mark, again: true, at }));
    const before = this.#failed.get(key) ?? [];
    // Again at the end, so that the oldest are at the beginning.
    this.#failed.delete(key);
    this.#failed.set(key, [...before, ...failed]);
    for (const [oldest, attempts] of this.#failed) {
      if (this.#failed.size <= MOST_FAILED && (attempts.at(-1)?.at ?? 0) > at - AGAIN_MS) break;
      this.#failed.delete(oldest);
    }
  }
}

/** How many of those that wait go together: one at least. */
function fitting(queue: readonly Append[]): number {
  let characters = 0;
  let count = 0;
  for (const { text } of queue) {
    characters += text.length;
    if (count > 0 && (count === MOST_AT_ONCE || characters > MOST_CHARACTERS_AT_ONCE)) break;
    count++;
  }
  return count;
}

function isSame(one: Append, other: Append): boolean {
  return one.kind === other.kind && one.owner === other.owner && one.text === other.text;
}
