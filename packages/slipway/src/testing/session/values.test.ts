import { describe, expect, test } from "vitest";
import { failures, inLatin1, later, type Mutant, remote } from "../../../test/mutants.ts";
import type { SessionAdapter, Versioned } from "../../ports/index.ts";
import { InMemorySessionAdapter } from "../../stores/memory/index.ts";
import { runContract, sessionContract } from "../index.ts";
import { valueCases } from "./values.ts";

test("adapters that answer later, each over its own connection, keep the promises about values", async () => {
  const report = await runContract(valueCases, {
    makeInstances: (count) => {
      const server = new InMemorySessionAdapter();
      return Array.from({ length: count }, () => remote(server));
    },
  });
  expect(report.failed).toEqual([]);
  expect(report.skipped).toEqual([]);
  expect(report.passed).toHaveLength(11);
});

const memory = InMemorySessionAdapter;

/** Keeps the values beside the sessions, correctly but for what a mutant overrides. */
class Beside extends memory {
  values = new Map<string, Versioned>();
  versions = 0;

  keyOf(id: string, key: string): string {
    return JSON.stringify([id, key]);
  }
  override readValue(id: string, key: string): Versioned | undefined {
    const found = this.has(id) ? this.values.get(this.keyOf(id, key)) : undefined;
    return found && structuredClone(found);
  }
  override writeValue(id: string, key: string, value: unknown, version: number): boolean {
    if (!this.has(id) || !this.fits(id, key, version)) return false;
    if (value === undefined) this.values.delete(this.keyOf(id, key));
    else this.values.set(this.keyOf(id, key), { value: structuredClone(value), version: this.next() });
    return true;
  }
  override delete(id: string): void {
    super.delete(id);
    for (const key of this.values.keys())
      if (key.startsWith(JSON.stringify([id]).slice(0, -1))) this.values.delete(key);
  }
  fits(id: string, key: string, version: number): boolean {
    return (this.values.get(this.keyOf(id, key))?.version ?? 0) === version;
  }
  next(): number {
    return ++this.versions;
  }
}

test("the values that the mutants keep are kept well", async () => {
  const report = await runContract(valueCases, {
    makeInstances: (count) => Array<SessionAdapter>(count).fill(new Beside()),
  });
  expect(report.failed).toEqual([]);
});

/** Looks whether the version fits, and writes in a second step. */
function twoSteps(): SessionAdapter {
  const values = new Map<string, Versioned>();
  const adapter = new memory();
  return Object.assign(adapter, {
    readValue: (_: string, key: string) => values.get(key),
    async writeValue(id: string, key: string, value: unknown, version: number) {
      const fits = adapter.has(id) && (values.get(key)?.version ?? 0) === version;
      await later();
      if (fits) values.set(key, { value, version: version + 1 });
      return fits;
    },
  });
}

const mutants: Mutant<SessionAdapter>[] = [
  [
    "gives every key the same value",
    () =>
      new (class extends Beside {
        override keyOf(id: string) {
          return id;
        }
      })(),
    "a value that one instance writes is read by every instance, and no other key has it",
  ],
  [
    "keeps values in Latin-1",
    () =>
      new (class extends Beside {
        override writeValue(id: string, key: string, value: unknown, version: number) {
          return super.writeValue(id, key, value === undefined ? value : inLatin1(value), version);
        }
      })(),
    "a value comes back as it went in",
  ],
  [
    "takes null for a deletion",
    () =>
      new (class extends Beside {
        override writeValue(id: string, key: string, value: unknown, version: number) {
          return super.writeValue(id, key, value ?? undefined, version);
        }
      })(),
    "a value comes back as it went in",
  ],
  [
    "gives the object that it keeps",
    () =>
      new (class extends Beside {
        override readValue(id: string, key: string) {
          return this.values.get(this.keyOf(id, key));
        }
      })(),
    "what a caller does to a value that it wrote or read does not change the value that is kept",
  ],
  [
    "takes any version",
    () =>
      new (class extends Beside {
        override fits() {
          return true;
        }
      })(),
    "a value is replaced only by a writer that knows its version, and its version grows",
  ],
  [
    "takes an older version for a newer one",
    () =>
      new (class extends Beside {
        override fits(id: string, key: string, version: number) {
          return (this.values.get(this.keyOf(id, key))?.version ?? 0) <= version;
        }
      })(),
    "a value is replaced only by a writer that knows its version, and its version grows",
  ],
  [
    "gives every value the same version",
    () =>
      new (class extends Beside {
        override next() {
          return 1;
        }
      })(),
    "a value is replaced only by a writer that knows its version, and its version grows",
  ],
  [
    "looks and writes in two steps",
    twoSteps,
    "of many that write a value with one version exactly one succeeds",
  ],
  [
    "loses a change that another overtakes",
    twoSteps,
    "a value that many read and write back loses no change",
  ],
  [
    "begins versions anew after a deletion",
    () =>
      new (class extends Beside {
        override writeValue(id: string, key: string, value: unknown, version: number) {
          this.versions = version;
          return super.writeValue(id, key, value, version);
        }
      })(),
    "a deleted value is gone, and one that follows it has a greater version",
  ],
  [
    "deletes any version",
    () =>
      new (class extends Beside {
        override writeValue(id: string, key: string, value: unknown, version: number) {
          return (
            (value === undefined && super.delete(id) === undefined) ||
            super.writeValue(id, key, value, version)
          );
        }
      })(),
    "a deleted value is gone, and one that follows it has a greater version",
  ],
  [
    "takes keys without regard to case",
    () =>
      new (class extends Beside {
        override keyOf(id: string, key: string) {
          return super.keyOf(id, key.toLowerCase());
        }
      })(),
    "keys that look alike have values of their own",
  ],
  [
    "joins the session and the key",
    () =>
      new (class extends Beside {
        override keyOf(id: string, key: string) {
          return `${id}:${key}`;
        }
      })(),
    "a value belongs to one session",
  ],
  [
    "keeps one set of values for all sessions",
    () =>
      new (class extends Beside {
        override keyOf(_: string, key: string) {
          return key;
        }
      })(),
    "a value belongs to one session",
  ],
  [
    "keeps the values of a deleted session",
    () =>
      new (class extends Beside {
        override delete(id: string) {
          const values = new Map(this.values);
          super.delete(id);
          this.values = values;
        }
      })(),
    "values end with their session, and a write does not bring it back",
  ],
  [
    "opens a session with a value",
    () =>
      new (class extends Beside {
        override writeValue(id: string, key: string, value: unknown, version: number) {
          if (!this.has(id)) this.create(id, { protocolVersion: "" });
          return super.writeValue(id, key, value, version);
        }
      })(),
    "values end with their session, and a write does not bring it back",
  ],
  [
    "writes to a session that was there a moment ago",
    twoSteps,
    "values that are written while their session is deleted leave nothing behind",
  ],
];

describe("a broken adapter is caught that", () => {
  test.each(mutants)("%s", async (_, make, caughtBy) => {
    expect(await failures(sessionContract, caughtBy, make, 2_000)).toEqual([caughtBy]);
  });

  test.each(valueCases.map(({ name }) => name))("breaks the promise that %s", (name) => {
    expect(mutants.map(([, , caughtBy]) => caughtBy)).toContain(name);
  });
});
