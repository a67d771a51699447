import { describe, expect, test } from "vitest";
import { failures, type Mutant } from "../../test/mutants.ts";
import type { JournalAdapter } from "../ports/index.ts";
import { InMemoryJournalAdapter } from "../stores/memory/index.ts";
import { journalContract } from "./index.ts";

const journals = InMemoryJournalAdapter;

const mutants: Mutant<JournalAdapter>[] = [
  [
    "gives a journal once",
    () =>
      new (class extends journals {
        readonly #given = new Set<string>();
        override get(id: string) {
          if (this.#given.has(id)) return undefined;
          this.#given.add(id);
          return super.get(id);
        }
      })(),
    "a kept journal is found by every instance, as often as it is asked for",
  ],
  [
    "takes an empty journal for none",
    () =>
      new (class extends journals {
        override get(id: string) {
          return super.get(id) || undefined;
        }
      })(),
    "a journal comes back as it went in, whatever its length and characters",
  ],
  [
    "counts its ids",
    () => {
      const kept = new Map<string, string>();
      return {
        put(sealed) {
          const id = `journal-${String(kept.size).padStart(20, "0")}`;
          kept.set(id, sealed);
          return id;
        },
        get: (id) => kept.get(id),
      };
    },
    "every journal has an id of its own that cannot be guessed",
  ],
  [
    "keeps journals in a plain object",
    () => {
      const kept: { [id: string]: string } = {};
      return {
        put(sealed) {
          const id = crypto.randomUUID();
          kept[id] = sealed;
          return id;
        },
        get: (id) => kept[id],
      };
    },
    "an unknown id finds nothing",
  ],
  [
    "never lets a journal go",
    () =>
      new (class extends journals {
        override put(sealed: string) {
          return super.put(sealed, 60_000);
        }
      })(),
    "a journal is gone when its time is over, and another stays for its own time",
  ],
  [
    "gives every journal the first one's time",
    () =>
      new (class extends journals {
        override put(sealed: string, ttlMs: number) {
          return super.put(sealed, Math.min(ttlMs, 20));
        }
      })(),
    "a journal is gone when its time is over, and another stays for its own time",
  ],
  [
    "keeps only the newest journals",
    () =>
      new (class extends journals {
        readonly #newest: string[] = [];
        override put(sealed: string, ttlMs: number) {
          const id = super.put(sealed, ttlMs);
          this.#newest.push(id);
          if (this.#newest.length > 50) this.#newest.shift();
          return id;
        }
        override get(id: string) {
          return this.#newest.includes(id) ? super.get(id) : undefined;
        }
      })(),
    "journals kept at once are all kept",
  ],
];

describe("a broken adapter is caught that", () => {
  test.each(mutants)("%s", async (_, make, caughtBy) => {
    expect(await failures(journalContract, caughtBy, make, 500)).toEqual([caughtBy]);
  });
});
