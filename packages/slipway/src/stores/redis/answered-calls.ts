import { findAnswered } from "./commands/find-answered.ts";
import { listAnswered } from "./commands/list-answered.ts";
import { noteAnswered } from "./commands/note-answered.ts";
import type { RedisConnection } from "./connection.ts";
import type { Keys } from "./keys.ts";
import { asList, asText, asTexts } from "./reply.ts";

interface AnsweredCall {
  readonly id: string;
  readonly streamId: string;
  readonly owner: string;
}

/** How long the list is kept when nobody asks for it, in milliseconds. */
const LIST_MS = 86_400_000;

/**
 * The list, for all sessions, of where responses are held. It is in one slot and the sessions are in others, so it is a
 * hint: what it names is looked up, and forgotten when it will be there no more.
 */
export class AnsweredCalls {
  readonly #connection: RedisConnection;
  readonly #keys: Keys;

  constructor(connection: RedisConnection, keys: Keys) {
    this.#connection = connection;
    this.#keys = keys;
  }

  async note(id: string, question: string): Promise<void> {
    await this.#connection.run(noteAnswered, [this.#keys.answered], [entry(id, question), LIST_MS]);
  }

  /** In the background: what stays on the list is found to be gone when it is looked up. */
  forget(id: string, questions: readonly string[]): void {
    if (questions.length > 0) this.#drop(questions.map((question) => entry(id, question)));
  }

  async list(before: number, limit: number): Promise<AnsweredCall[]> {
    const found = new Map<string, AnsweredCall>();
    const gone: string[] = [];
    const page = Math.min(limit + 32, 1_000);
    for (let from = 0; found.size < limit; from += page) {
      const age = Math.round(Date.now() - before);
      const args = [age, from, page, LIST_MS];
      const entries = asTexts(await this.#connection.run(listAnswered, [this.#keys.answered], args));
      const calls = await this.#look(entries, gone);
      for (const call of calls) {
        const key = JSON.stringify([call.id, call.streamId]);
        if (found.size < limit && !found.has(key)) found.set(key, call);
      }
      if (entries.length < page) break;
    }
    if (gone.length > 0) this.#drop(gone);
    return [...found.values()];
  }

  /** The calls that hold these responses, in the order of the entries. */
  async #look(entries: readonly string[], gone: string[]): Promise<AnsweredCall[]> {
    const bySession = new Map<string, { entry: string; question: string; place: number }[]>();
    for (const [place, entry] of entries.entries()) {
      const [id = "", question = ""] = JSON.parse(entry) as string[];
      const of = bySession.get(id) ?? [];
      of.push({ entry, question, place });
      bySession.set(id, of);
    }
    const calls: (AnsweredCall | undefined)[] = [];
    await Promise.all(
      [...bySession].map(async ([id, of]) => {
        const session = this.#keys.session(id);
        const questions = of.map(({ question }) => question);
        const reply = asList(
          await this.#connection.run(findAnswered, [session, `${session}:calls`], questions),
        );
        for (const [index, { entry, place }] of of.entries()) {
          const streamId = asText(reply[2 * index]);
          const owner = asText(reply[2 * index + 1]);
          if (streamId === undefined) gone.push(entry);
          else if (owner !== undefined) calls[place] = { id, streamId, owner };
        }
      }),
    );
    return calls.filter((call) => call !== undefined);
  }

  #drop(entries: readonly string[]): void {
    const key = this.#keys.answered;
    void this.#connection.command(["ZREM", key, ...entries], key).catch(() => {});
  }
}

function entry(id: string, question: string): string {
  return JSON.stringify([id, question]);
}
