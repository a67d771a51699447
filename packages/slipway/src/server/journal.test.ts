import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Ask } from "../protocol/eras/index.ts";
import { canonicalJson, Journal, type JournalEntry } from "./journal.ts";

const form = (message: string, more = {}): Ask => ({
  method: "elicitation/create",
  params: { mode: "form", message, ...more },
});
const answered = (text: string) => ({ result: { text } });

/** What the next run gets, by the way that it takes. */
function nextRun(journal: Journal, emitted = 0): Journal {
  return new Journal(JSON.parse(JSON.stringify(journal.record(emitted))));
}

function answer(journal: Journal, answers: { readonly [key: string]: string }): void {
  journal.answer(new Map(Object.entries(answers).map(([key, text]) => [key, answered(text)])));
}

function did(journal: Journal, name: string, value: unknown): JournalEntry {
  const entry = journal.step(name);
  entry.outcome = { value };
  journal.settle(entry);
  return entry;
}

describe("questions", () => {
  it("are found by what they ask, in whatever order", () => {
    const first = new Journal();
    for (const text of ["A?", "B?", "C?"]) first.ask(form(text), undefined);
    const second = nextRun(first);
    answer(second, { elicitation: "a", elicitation_2: "b", elicitation_3: "c" });
    const found = ["C?", "A?", "B?"].map((text) => second.ask(form(text), undefined).answer);
    expect(found).toEqual(["c", "a", "b"].map(answered));
  });

  it("are the same whatever the order of their members, and others with any other member", () => {
    const first = new Journal();
    const asked = first.ask(
      form("A?", { requestedSchema: { type: "object", properties: { a: 1, b: 2 } } }),
      undefined,
    );
    const other = nextRun(first);
    const same = {
      method: "elicitation/create",
      params: {
        requestedSchema: { properties: { b: 2, a: 1 }, type: "object" },
        message: "A?",
        mode: "form",
      },
    } as const;
    expect(other.ask(same, undefined)).toEqual(asked);
    for (const unlike of [
      form("A?"),
      form("a?", { requestedSchema: same.params.requestedSchema }),
      { method: "sampling/createMessage", params: same.params } as const,
      form("A?", { requestedSchema: same.params.requestedSchema, more: null }),
    ]) {
      expect(nextRun(first).ask(unlike, undefined).digest).not.toBe(asked.digest);
    }
  });

  it("that ask the same are told apart by how often it was asked", () => {
    const first = new Journal();
    for (let i = 0; i < 3; i++) first.ask(form("A?"), undefined);
    const second = nextRun(first);
    answer(second, { elicitation_2: "second" });
    const third = nextRun(second);
    answer(third, { elicitation: "first" });
    const found = [1, 2, 3, 4].map(() => third.ask(form("A?"), undefined));
    expect(found.map((entry) => entry.answer)).toEqual([
      answered("first"),
      answered("second"),
      undefined,
      undefined,
    ]);
    expect(found.map(({ key }) => key)).toEqual([
      "elicitation",
      "elicitation_2",
      "elicitation_3",
      "elicitation_4",
    ]);
  });

  it("that ask the same under different keys are different questions", () => {
    const first = new Journal();
    first.ask(form("A?"), "a");
    first.ask(form("A?"), "b");
    const second = nextRun(first);
    answer(second, { a: "a", b: "b" });
    const found = ["b", "a"].map((key) => second.ask(form("A?"), key).answer);
    expect(found).toEqual(["b", "a"].map(answered));
    expect(second.ask(form("A?"), undefined).answer).toBeUndefined();
  });

  it("get names by their kind, and those that the handler gives, each once", () => {
    const journal = new Journal();
    const sample: Ask = { method: "sampling/createMessage", params: {} };
    const roots: Ask = { method: "roots/list", params: {} };
    const keys = [
      journal.ask(form("A?"), undefined),
      journal.ask(sample, undefined),
      journal.ask(roots, undefined),
      journal.ask(form("B?"), "elicitation_2"),
      journal.ask(form("C?"), undefined),
      journal.ask(form("D?"), "elicitation"),
      journal.ask(form("E?"), "sampling"),
      journal.ask(sample, undefined),
      journal.ask(form("F?"), "__proto__"),
      journal.ask(form("G?"), "__proto__"),
      journal.ask(form("H?"), ""),
    ].map(({ key }) => key);
    expect(keys).toEqual([
      "elicitation",
      "sampling",
      "roots",
      "elicitation_2",
      "elicitation_3",
      "elicitation_4",
      "sampling_2",
      "sampling_3",
      "__proto__",
      "__proto___2",
      "",
    ]);
  });

  it("keep their names for ever, also when they are not asked again", () => {
    const first = new Journal();
    first.ask(form("A?"), undefined);
    const second = nextRun(first);
    expect(second.ask(form("B?"), undefined).key).toBe("elicitation_2");
    const third = nextRun(second);
    expect(third.ask(form("C?"), undefined).key).toBe("elicitation_3");
    answer(third, { elicitation: "a" });
    expect(third.ask(form("A?"), undefined).answer).toEqual(answered("a"));
  });

  it("are answered once", () => {
    const journal = new Journal();
    const entry = journal.ask(form("A?"), undefined);
    answer(journal, { elicitation: "first", stranger: "x" });
    answer(journal, { elicitation: "second" });
    expect(entry.answer).toEqual(answered("first"));
    expect(journal.settled).toEqual([entry]);
  });

  it("take what was offered under their name where the handler has given it", () => {
    const journal = new Journal();
    journal.offer(
      new Map([
        ["a", answered("a")],
        ["elicitation", answered("e")],
        ["a_2", answered("a2")],
      ]),
    );
    expect(journal.ask(form("A?"), "a").answer).toEqual(answered("a"));
    expect(journal.ask(form("B?"), undefined).answer).toBeUndefined();
    expect(journal.ask(form("B?"), "a").answer).toEqual(answered("a2"));
    expect(journal.settled.map((entry) => entry.type === "ask" && entry.key)).toEqual(["a", "a_2"]);
  });
});

describe("steps", () => {
  it("are found by name and how often it was used, whichever ended first", () => {
    const first = new Journal();
    const entries = ["load", "load", "save", "load"].map((name) => first.step(name));
    for (const i of [3, 1, 2, 0]) {
      const entry = entries[i] as (typeof entries)[number];
      entry.outcome = { value: i };
      first.settle(entry);
    }
    const second = nextRun(first);
    const found = ["save", "load", "load", "load", "load"].map((name) => second.step(name).outcome);
    expect(found).toEqual([{ value: 2 }, { value: 0 }, { value: 1 }, { value: 3 }, undefined]);
    expect(second.settled.map((entry) => entry.type === "step" && entry.outcome)).toEqual(
      [3, 1, 2, 0].map((value) => ({ value })),
    );
  });

  it("are not mistaken for one another by names with numbers or spaces in them", () => {
    const first = new Journal();
    for (const name of ["a", "a", "a 1", "a 1 0", "", " ", "0"]) did(first, name, name);
    const second = nextRun(first);
    for (const name of ["0", " ", "", "a 1 0", "a 1", "a", "a"]) {
      expect(second.step(name).outcome).toEqual({ value: name });
    }
    expect(second.missed).toEqual([]);
  });
});

describe("the record", () => {
  it("has first what is settled, in order, then what is open, also what this run did not come to", () => {
    const first = new Journal();
    first.ask(form("A?"), undefined);
    did(first, "one", 1);
    first.ask(form("B?"), undefined);
    const second = nextRun(first);
    answer(second, { elicitation_2: "b" });
    did(second, "two", 2);
    second.ask(form("C?"), undefined);
    const names = second.record(0).entries.map((entry) => (entry.type === "ask" ? entry.key : entry.name));
    expect(names).toEqual(["one", "elicitation_2", "two", "elicitation", "elicitation_3"]);
  });

  it("counts what was emitted in the run that came furthest", () => {
    const first = nextRun(new Journal(), 3);
    expect(first.emitted).toBe(3);
    expect(nextRun(first, 2).emitted).toBe(3);
    expect(nextRun(first, 5).emitted).toBe(5);
  });

  it("says what an earlier run had come to, and when", () => {
    const first = new Journal();
    first.step("early");
    did(first, "one", 1);
    first.passed = 1;
    did(first, "two", 2);
    first.passed = 2;
    first.ask(form("A?"), undefined);

    const second = nextRun(first);
    expect(second.missed).toHaveLength(3);
    expect(second.behind).toBe(1);
    second.step("one");
    expect(second.behind).toBe(0);
    second.passed = 1;
    expect(second.behind).toBe(1);
    second.step("two");
    second.passed = 2;
    expect(second.behind).toBe(1);
    second.ask(form("A?"), undefined);
    expect(second.behind).toBe(0);
    expect(second.missed).toEqual([]);
  });
});

describe("canonical JSON", () => {
  it("says what JSON says", () => {
    fc.assert(
      fc.property(
        fc.anything({ withDate: true, withSparseArray: true, withNullPrototype: true }),
        (value) => {
          let json: string | undefined;
          try {
            json = JSON.stringify(value);
          } catch {
            return;
          }
          expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(json ?? "null"));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it("is the same for the same value, and another for another", () => {
    const reversed = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(reversed);
      if (typeof value !== "object" || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([name, member]) => [name, reversed(member)]),
      );
    };
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const [one, other] = [JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b))];
        expect(canonicalJson(reversed(one))).toBe(canonicalJson(one));
        const equal = canonicalJson(one) === canonicalJson(other);
        if (equal) expect(one).toEqual(other);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    [
      { b: 1, a: [undefined, null, { d: undefined, c: "\u2028ä" }] },
      `{"a":[null,null,{"c":"\u2028ä"}],"b":1}`,
    ],
    [{ a: () => 1, b: [() => 1, Symbol("s")], c: { toJSON: () => undefined } }, `{"b":[null,null]}`],
    [{ at: new Date(0) }, `{"at":"1970-01-01T00:00:00.000Z"}`],
    [-0, "0"],
    [Number.NaN, "null"],
    [undefined, "null"],
    [JSON.parse(`{"__proto__":1,"a":2}`), `{"__proto__":1,"a":2}`],
  ])("of %j", (value, json) => {
    expect(canonicalJson(value)).toBe(json);
  });
});
