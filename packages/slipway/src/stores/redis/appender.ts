import { StoreUnavailableError } from "../../ports/index.ts";
import { type Append, Attempts, type MarkedAppend } from "../attempts.ts";

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

/** In one step; more wait for the next. */
const MOST_AT_ONCE = 64;
const MOST_CHARACTERS_AT_ONCE = 1024 * 1024;

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
  readonly #attempts = new Attempts();

  constructor(appendAll: AppendAll) {
    this.#appendAll = appendAll;
  }

  append(sessionId: string, streamId: string, append: Append): Promise<string | undefined> {
    const key = JSON.stringify([sessionId, streamId]);
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { ...this.#attempts.marked(key, append), resolve, reject };
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
        if (error instanceof StoreUnavailableError) this.#attempts.fail(key, batch);
        for (const { reject } of batch) reject(error);
      }
    }
    this.#waiting.delete(key);
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
