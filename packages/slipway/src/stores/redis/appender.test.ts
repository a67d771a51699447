import { StoreUnavailableError } from "slipway";
import { expect, test, vi } from "vitest";
import type { Append, MarkedAppend } from "../attempts.ts";
import { Appender } from "./appender.ts";

/** An appender whose steps end when the test says so. */
function stepwise() {
  const steps: {
    stream: string;
    appends: readonly MarkedAppend[];
    done(): void;
    fail(error: Error): void;
  }[] = [];
  const appender = new Appender(
    (_, stream, appends) =>
      new Promise((resolve, reject) => {
        const done = () => resolve(appends.map(({ text }) => `id of ${text}`));
        steps.push({ stream, appends, done, fail: reject });
      }),
  );
  return { steps, appender };
}

function event(text: string): Append {
  return { kind: "event", owner: "", text };
}

/** Until what is settled has been seen. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

test("appends to one stream that come while a step is under way go together in the next, in order", async () => {
  const { steps, appender } = stepwise();
  const ids = ["a", "b", "c"].map((text) => appender.append("session", "stream", event(text)));
  expect(steps.map(({ appends }) => appends.map(({ text }) => text))).toEqual([["a"]]);
  steps[0]?.done();
  expect(await ids[0]).toBe("id of a");
  expect(steps.map(({ appends }) => appends.map(({ text }) => text))).toEqual([["a"], ["b", "c"]]);
  ids.push(appender.append("session", "stream", event("d")));
  steps[1]?.done();
  expect(await Promise.all(ids.slice(1, 3))).toEqual(["id of b", "id of c"]);
  steps[2]?.done();
  expect(await ids[3]).toBe("id of d");
});

test("appends to different streams do not wait for each other", () => {
  const { steps, appender } = stepwise();
  for (const [session, stream] of [
    ["a", "b"],
    ["a", "c"],
    ["a,b", ""],
    ["", "a,b"],
  ] as const)
    void appender.append(session, stream, event("x"));
  expect(steps).toHaveLength(4);
});

test("a step takes 64 messages at most, and of large ones no more than a mebibyte together", async () => {
  const { steps, appender } = stepwise();
  void appender.append("session", "stream", event("first"));
  for (let index = 0; index < 70; index++) void appender.append("session", "stream", event(`${index}`));
  for (let index = 0; index < 3; index++)
    void appender.append("session", "stream", event("x".repeat(700_000) + index));
  for (let step = 0; step < 6; step++) {
    steps[step]?.done();
    await settled();
  }
  expect(steps.map(({ appends }) => appends.length)).toEqual([1, 64, 7, 1, 1]);
});

test("a message that is tried again when nobody knew of its fate is the same attempt", async () => {
  const { steps, appender } = stepwise();
  const first = ["a", "b"].map((text) => appender.append("session", "stream", event(text)));
  steps[0]?.fail(new StoreUnavailableError("away"));
  await expect(first[0]).rejects.toThrow("away");
  steps[1]?.fail(new StoreUnavailableError("away"));
  await expect(first[1]).rejects.toThrow("away");
  const again = ["a", "b"].map((text) => appender.append("session", "stream", event(text)));
  steps[2]?.done();
  await again[0];
  steps[3]?.done();
  await again[1];
  const tried = steps.flatMap(({ appends }) => appends);
  expect(tried.map(({ text, again }) => [text, again])).toEqual([
    ["a", false],
    ["b", false],
    ["a", true],
    ["b", true],
  ]);
  expect(tried[2]?.mark).toBe(tried[0]?.mark);
  expect(tried[3]?.mark).toBe(tried[1]?.mark);
  expect(tried[0]?.mark).not.toBe(tried[1]?.mark);
});

test.each([
  [
    "another message",
    async (appender: Appender) => void appender.append("session", "stream", event("other")),
  ],
  ["a minute", async () => void vi.setSystemTime(Date.now() + 60_000)],
])("after %s, the same text is another attempt", async (_, what) => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const { steps, appender } = stepwise();
  const first = appender.append("session", "stream", event("a"));
  steps[0]?.fail(new StoreUnavailableError("away"));
  await expect(first).rejects.toThrow("away");
  await what(appender);
  steps[1]?.done();
  await settled();
  void appender.append("session", "stream", event("a"));
  const last = steps.at(-1)?.appends[0];
  expect(last).toMatchObject({ text: "a", again: false });
  expect(last?.mark).not.toBe(steps[0]?.appends[0]?.mark);
  vi.useRealTimers();
});

test("a message that was refused is another attempt the next time", async () => {
  const { steps, appender } = stepwise();
  const first = appender.append("session", "stream", event("a"));
  steps[0]?.fail(new Error("ERR wrong"));
  await expect(first).rejects.toThrow("wrong");
  void appender.append("session", "stream", event("a"));
  expect(steps[1]?.appends[0]).toMatchObject({ again: false });
});
