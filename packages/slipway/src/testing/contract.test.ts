import { describe, expect, test } from "vitest";
import {
  type ContractCase,
  clientRequestContract,
  eventBusContract,
  handleContract,
  journalContract,
  runContract,
  sessionContract,
  storeContract,
  taskContract,
} from "./index.ts";

describe("the contracts", () => {
  test.each([
    ["session", sessionContract, 96],
    ["client request", clientRequestContract, 14],
    ["journal", journalContract, 6],
    ["event bus", eventBusContract, 15],
    ["handle", handleContract, 15],
    ["task", taskContract, 40],
    ["store", storeContract, 4 + 96 + 14 + 6 + 15 + 15 + 40],
  ] as const)("the %s contract has cases whose names are different", (_, contract, count) => {
    expect(new Set(contract.map(({ name }) => name)).size).toBe(count);
    expect(contract).toHaveLength(count);
  });

  test("what session cases require are optional methods of the port and settings", () => {
    const required = new Set(sessionContract.flatMap(({ requires }) => requires ?? []));
    expect([...required].sort()).toEqual(
      [
        "idleTimeoutMs",
        "maxEventBufferSize",
        "maxSessions",
        "closeStream",
        "openStream",
        "streamOf",
        "updateState",
        "readValue",
        "writeValue",
        "beginCall",
        "getCall",
        "saveCall",
        "answerCall",
        "claimCall",
        "appendCallEvent",
        "endCall",
        "answeredCalls",
      ].sort(),
    );
  });
});

describe("runContract", () => {
  const cases: ContractCase<{ optional?(): void }>[] = [
    { name: "passes", run: async () => {} },
    { name: "fails", run: () => Promise.reject(new Error("broken promise")) },
    {
      name: "throws at once",
      run() {
        throw new Error("at once");
      },
    },
    { name: "needs a method", requires: ["optional"], run: async () => {} },
    { name: "needs an ability", requires: ["optional", "flying"], run: async () => {} },
  ];

  test("each case is passed, failed with its error, or skipped with a reason", async () => {
    const report = await runContract(cases, {
      makeInstances: () => [{}],
      skip: { fails: "known: the store loses it" },
    });
    expect(report).toEqual({
      passed: ["passes"],
      failed: [{ name: "throws at once", error: new Error("at once") }],
      skipped: [
        { name: "fails", reason: "known: the store loses it" },
        { name: "needs a method", reason: "the adapter does not offer optional" },
        { name: "needs an ability", reason: "the adapter does not offer optional, flying" },
      ],
    });
  });

  test("a case runs when the instance has the method and the ability is named", async () => {
    const report = await runContract(cases, {
      makeInstances: () => [{ optional() {} }],
      abilities: ["flying"],
    });
    expect(report.passed).toEqual(["passes", "needs a method", "needs an ability"]);
    expect(report.skipped).toEqual([]);
  });

  test("a case that does not end has failed", async () => {
    const endless: ContractCase<object> = { name: "endless", run: () => new Promise(() => {}) };
    const report = await runContract([endless], { makeInstances: () => [{}], timeoutMs: 10 });
    expect(report.failed).toEqual([
      { name: "endless", error: new Error("Expected the case to end within 10 ms, it goes on.") },
    ]);
  });

  test.each([
    ["a skip of an unknown case", { skip: { unknown: "reason" } }, /no case has this name/],
    ["a skip without a reason", { skip: { passes: " " } }, /without a reason/],
    ["an ability that no case requires", { abilities: ["swimming"] }, /known are: optional, flying/],
    ["no instance", { makeInstances: () => [] }, /was expected to give an instance/],
  ])("%s is an error", async (_, options, message) => {
    await expect(runContract(cases, { makeInstances: () => [{}], ...options })).rejects.toThrow(message);
  });
});
