import { expect, it } from "vitest";
import { SCENARIOS } from "./conformance.ts";
import { serverScenarios } from "./suite.ts";

// What a protected server does is shown by ../auth. Once the suite has something to say about it, it has to be run.
it("the official conformance suite has no scenario of authorization for servers", async () => {
  const names = await serverScenarios();
  expect(names.length).toBeGreaterThanOrEqual(SCENARIOS["2026-07-28"]);
  expect(names.filter((name) => /auth|oauth|token|scope|dpop/i.test(name))).toEqual([]);
});
