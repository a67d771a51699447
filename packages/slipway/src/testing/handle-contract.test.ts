import { describe, expect, test } from "vitest";
import { failures, inLatin1, later, type Mutant, remote } from "../../test/mutants.ts";
import type { HandleAdapter, Versioned } from "../ports/index.ts";
import { InMemoryHandleAdapter } from "../stores/memory/index.ts";
import { handleContract, runContract } from "./index.ts";

test("handle adapters that answer later, each over its own connection, keep the contract", async () => {
  const report = await runContract(handleContract, {
    makeInstances: (count) => {
      const server = new InMemoryHandleAdapter();
      return Array.from({ length: count }, () => remote(server));
    },
  });
  expect(report.failed).toEqual([]);
  expect(report.skipped).toEqual([]);
  expect(report.passed).toHaveLength(15);
});

const handles = InMemoryHandleAdapter;

/** An adapter that looks first and changes the value in a second step. */
class TwoSteps implements HandleAdapter {
  readonly #kept = new Map<string, Versioned>();
  async create(id: string, value: unknown) {
    const used = this.#kept.has(id);
    await later();
    if (used) throw new Error("in use");
    this.#kept.set(id, { value, version: 1 });
  }
  async read(id: string) {
    return this.#kept.get(id);
  }
  async write(id: string, value: unknown, version: number) {
    const fits = this.#kept.get(id)?.version === version;
    await later();
    if (fits) this.#kept.set(id, { value, version: version + 1 });
    return fits;
  }
  async delete(id: string) {
    this.#kept.delete(id);
  }
}

const mutants: Mutant<HandleAdapter>[] = [
  [
    "gives a value once",
    () =>
      new (class extends handles {
        override read(id: string, ttlMs: number) {
          const found = super.read(id, ttlMs);
          super.delete(id);
          return found;
        }
      })(),
    "a value that one instance keeps is read by every instance, as often as it is asked for",
  ],
  [
    "begins versions with 0",
    () =>
      new (class extends handles {
        override read(id: string, ttlMs: number) {
          const found = super.read(id, ttlMs);
          return found && { ...found, version: found.version - 1 };
        }
      })(),
    "a value that one instance keeps is read by every instance, as often as it is asked for",
  ],
  [
    "keeps values in Latin-1",
    () =>
      new (class extends handles {
        override create(id: string, value: unknown, ttlMs: number) {
          super.create(id, inLatin1(value), ttlMs);
        }
      })(),
    "a value comes back as it went in",
  ],
  [
    "takes null for no value",
    () =>
      new (class extends handles {
        override read(id: string, ttlMs: number) {
          const found = super.read(id, ttlMs);
          return found?.value === null ? undefined : found;
        }
      })(),
    "a value comes back as it went in",
  ],
  [
    "keeps the object that it was given",
    () => {
      const kept = new Map<string, unknown>();
      return new (class extends handles {
        override create(id: string, value: unknown, ttlMs: number) {
          super.create(id, value, ttlMs);
          kept.set(id, value);
        }
        override read(id: string, ttlMs: number) {
          const found = super.read(id, ttlMs);
          return found && { ...found, value: kept.get(id) };
        }
      })();
    },
    "what a caller does to a value that it kept or read does not change the value that is kept",
  ],
  [
    "keeps values in a plain object",
    () =>
      new (class extends handles {
        override read(id: string, ttlMs: number) {
          const inherited: unknown = Reflect.get({}, id);
          return super.read(id, ttlMs) ?? (inherited ? { value: inherited, version: 1 } : undefined);
        }
      })(),
    "an unknown id has no value, and cannot be written",
  ],
  [
    "creates what is written",
    () =>
      new (class extends handles {
        override write(id: string, value: unknown, version: number, ttlMs: number) {
          if (super.read(id, ttlMs) === undefined && version === 0) super.create(id, value, ttlMs);
          return super.write(id, value, version, ttlMs);
        }
      })(),
    "an unknown id has no value, and cannot be written",
  ],
  [
    "replaces the value of an id that is in use",
    () =>
      new (class extends handles {
        override create(id: string, value: unknown, ttlMs: number) {
          super.delete(id);
          super.create(id, value, ttlMs);
        }
      })(),
    "an id that is in use is refused, and keeps its value",
  ],
  [
    "looks and creates in two steps",
    () => new TwoSteps(),
    "of many that create one id at once exactly one succeeds",
  ],
  [
    "takes any version",
    () =>
      new (class extends handles {
        override write(id: string, value: unknown, version: number, ttlMs: number) {
          return super.write(id, value, super.read(id, ttlMs)?.version ?? version, ttlMs);
        }
      })(),
    "a value is replaced only by a writer that knows its version, and its version grows",
  ],
  [
    "gives every value the same version",
    () =>
      new (class extends handles {
        override read(id: string, ttlMs: number) {
          const found = super.read(id, ttlMs);
          return found && { ...found, version: 1 };
        }
        override write(id: string, value: unknown, version: number, ttlMs: number) {
          return version === 1 && super.write(id, value, super.read(id, ttlMs)?.version ?? 1, ttlMs);
        }
      })(),
    "a value is replaced only by a writer that knows its version, and its version grows",
  ],
  [
    "looks and writes in two steps",
    () => new TwoSteps(),
    "of many that write a value with one version exactly one succeeds",
  ],
  [
    "loses a change that another overtakes",
    () => new TwoSteps(),
    "a value that many read and write back loses no change",
  ],
  [
    "does not delete",
    () =>
      new (class extends handles {
        override delete() {}
      })(),
    "a deleted value is gone on every instance, and a write does not bring it back",
  ],
  [
    "rejects a second delete",
    () =>
      new (class extends handles {
        override delete(id: string) {
          if (super.read(id, 60_000) === undefined) throw new Error("no such handle");
          super.delete(id);
        }
      })(),
    "a deleted value is gone on every instance, and a write does not bring it back",
  ],
  [
    "writes a value back that was deleted meanwhile",
    () => new TwoSteps(),
    "a value that is written and read while it is deleted is gone",
  ],
  [
    "takes ids without regard to case",
    () =>
      new (class extends handles {
        override create(id: string, value: unknown, ttlMs: number) {
          super.delete(id.toLowerCase());
          super.create(id.toLowerCase(), value, ttlMs);
        }
        override read(id: string, ttlMs: number) {
          return super.read(id.toLowerCase(), ttlMs);
        }
      })(),
    "ids that look alike have values of their own",
  ],
  [
    "lets a value go that is in use",
    () =>
      new (class extends handles {
        readonly #ends = new Map<string, number>();
        override create(id: string, value: unknown, ttlMs: number) {
          this.#ends.set(id, Date.now() + ttlMs);
          super.create(id, value, ttlMs);
        }
        override read(id: string, ttlMs: number) {
          if ((this.#ends.get(id) ?? 0) < Date.now()) super.delete(id);
          return super.read(id, ttlMs);
        }
      })(),
    "a value that is read or written lives on, one that is not used is gone",
  ],
  [
    "extends no life with a write",
    () =>
      new (class extends handles {
        override write(id: string, value: unknown, version: number) {
          return super.write(id, value, version, 200);
        }
      })(),
    "a value that is read or written lives on, one that is not used is gone",
  ],
  [
    "never lets a value go",
    () =>
      new (class extends handles {
        override create(id: string, value: unknown) {
          super.create(id, value, 60_000);
        }
      })(),
    "a value that is read or written lives on, one that is not used is gone",
  ],
  [
    "never shortens a life",
    () =>
      new (class extends handles {
        override read(id: string) {
          return super.read(id, 60_000);
        }
      })(),
    "each value lives for the time that its last use has given it",
  ],
  [
    "keeps only the newest values",
    () => {
      const newest: string[] = [];
      return new (class extends handles {
        override create(id: string, value: unknown, ttlMs: number) {
          super.create(id, value, ttlMs);
          newest.push(id);
          if (newest.length > 50) super.delete(newest.shift() ?? "");
        }
      })();
    },
    "values that are created at once are all kept",
  ],
];

describe("a broken adapter is caught that", () => {
  test.each(mutants)("%s", async (_, make, caughtBy) => {
    expect(await failures(handleContract, caughtBy, make, 10_000)).toEqual([caughtBy]);
  });

  test.each(handleContract.map(({ name }) => name))("breaks the promise that %s", (name) => {
    expect(mutants.map(([, , caughtBy]) => caughtBy)).toContain(name);
  });
});
