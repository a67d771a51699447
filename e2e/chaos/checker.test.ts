import { expect, test } from "vitest";
import { takeovers, unknowable, violations } from "./checker.ts";
import type { CallSeen, Entry, Seen, WatchSeen } from "./history.ts";

const told = (...places: number[]) => places.map((at) => ({ at, subject: "ann" }));

const counted: CallSeen = {
  type: "call",
  key: "c1",
  tool: "count",
  era: "legacy",
  subject: "ann",
  progress: told(1, 2, 3),
  to: 3,
  end: "result",
  text: "3",
};

const asked: CallSeen = { ...counted, key: "a1", tool: "ask", progress: [], to: 0, text: "a1 yes" };

const task: CallSeen = {
  ...asked,
  key: "w1",
  tool: "work",
  text: "w1 yes",
  statuses: ["working", "input_required", "working", "completed"],
};

const stepsOfTask: Entry[] = [
  { key: "w1", step: "one", what: "effect", pid: 1 },
  { key: "w1", step: "two", what: "effect", pid: 2 },
  { key: "w1", step: "commit", what: "effect", nonce: "yes", pid: 2 },
];

const watch: WatchSeen = { type: "watch", subject: "ann", told: true, strange: [] };

const steps: Entry[] = [
  { key: "a1", step: "reserve", what: "effect", pid: 1 },
  { key: "a1", step: "reserve", what: "settled", pid: 1 },
  { key: "a1", step: "commit", what: "effect", nonce: "yes", pid: 2 },
  { key: "a1", step: "commit", what: "settled", nonce: "yes", pid: 2 },
];

test("a history in which all went well has no violations", () => {
  const seen: Seen[] = [
    counted,
    asked,
    { ...counted, key: "c2", progress: told(1, 2), end: "error" },
    { ...counted, key: "c3", progress: [], end: "broken" },
    { type: "trial", subject: "bob", what: "ann's session", status: 404 },
    task,
    watch,
  ];
  expect(violations({ seen, ledger: [...steps, ...stepsOfTask] })).toEqual([]);
  expect(takeovers({ seen, ledger: steps })).toBe(1);
  expect(unknowable({ seen, ledger: steps })).toBe(0);
});

test("a step whose process ended before it was kept may be done again, and is counted", () => {
  const [reserve] = steps as [Entry];
  const ledger = [{ ...reserve, pid: 3 }, ...steps];
  expect(violations({ seen: [asked], ledger })).toEqual([]);
  expect(unknowable({ seen: [asked], ledger })).toBe(1);
});

const broken: [what: string, seen: Seen, ledger: Entry[], expected: RegExp][] = [
  ["an event is lost", { ...counted, progress: told(1, 3), to: 2 }, [], /lost, repeated/],
  ["the last event is lost", { ...counted, progress: told(1, 2) }, [], /after 2 of 3/],
  ["an event comes twice", { ...counted, progress: told(1, 2, 2, 3), to: 4 }, [], /repeated/],
  ["events change places", { ...counted, progress: told(2, 1, 3) }, [], /out of order/],
  ["a call never ends", { ...counted, end: undefined } as never, [], /never ended/],
  [
    "an event of another",
    { ...counted, progress: [...told(1, 2), { at: 3, subject: "bob" }] },
    [],
    /what is bob's/,
  ],
  ["a result without its step", asked, steps.slice(0, 2), /commit was never done/],
  ["a result with another answer", { ...asked, text: "a1 no" }, steps, /ended with "a1 no"/],
  ["a step that is done again", asked, [...steps, steps[0] as Entry], /reserve again after it was kept/],
  [
    "an answer that is used beside another",
    asked,
    [...steps.slice(0, 3), { ...(steps[2] as Entry), nonce: "no" }],
    /two answers: yes and no/,
  ],
  [
    "a session that another may use",
    { type: "trial", subject: "bob", what: "ann's", status: 200 },
    [],
    /got 200/,
  ],
  ["a change nobody hears of", { ...watch, told: false }, [], /was not told/],
  ["a change that is another's to hear", { ...watch, strange: ["a://b"] }, [], /told of a:\/\/b, which/],
  [
    "a task that goes on after its end",
    { ...task, statuses: ["working", "completed", "working", "completed"] },
    stepsOfTask,
    /went on after its end/,
  ],
  [
    "a task that was cancelled and then completed",
    { ...task, statuses: ["cancelled", "completed"] },
    stepsOfTask,
    /went on after its end/,
  ],
  [
    "a task that nobody knows any more",
    { ...task, end: "error", text: "Task not found: x" },
    [],
    /has lost its task/,
  ],
  [
    "a result of a task that has not ended",
    { ...task, statuses: ["working"] },
    stepsOfTask,
    /its task is working/,
  ],
  ["a task without one of its steps", task, stepsOfTask.slice(1), /its step one was never done/],
];

test.each(broken)("the checker finds it when there is %s", (_, seen, ledger, expected) => {
  expect(violations({ seen: [seen], ledger }).join("\n")).toMatch(expected);
});
