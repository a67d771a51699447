import { expect, test } from "vitest";
import { EventLog, type LogOwner } from "./event-log.ts";

const owner: LogOwner = { logs: undefined, logBytes: 0, nextSequence: 0, latest: undefined };

test("sequences are consecutive from the one after the start", () => {
  const log = new EventLog(owner, "s", 0);
  expect([log.first, log.last, log.length]).toEqual([1, 0, 0]);
  log.append("one");
  log.append("two");
  expect([log.first, log.last, log.length, log.bytes]).toEqual([1, 2, 2, 6]);
  expect([0, 1, 2, 3].map((sequence) => log.textAt(sequence))).toEqual([undefined, "one", "two", undefined]);
});

test("however often the oldest event is trimmed, the others keep their sequences", () => {
  const log = new EventLog(owner, "s", 0);
  for (let appended = 1; appended <= 5000; appended++) {
    log.append(`event ${appended}`);
    if (log.length > 100) log.trim();
    if (appended % 997 !== 0) continue;
    const held = Array.from({ length: log.length }, (_, index) => log.textAt(log.first + index));
    expect(held).toEqual(held.map((_, index) => `event ${appended - held.length + 1 + index}`));
    expect(log.bytes).toBe(held.join("").length);
    expect(log.textAt(log.first - 1) ?? "").toBe("");
  }
  expect([log.first, log.last]).toEqual([4901, 5000]);
});

test("a cleared log goes on with the next sequence", () => {
  const log = new EventLog(owner, "s", 7);
  log.append("eight");
  log.append("nine");
  expect(log.clear()).toBe("eightnine".length);
  expect([log.first, log.last, log.length, log.bytes]).toEqual([10, 9, 0, 0]);
  log.append("ten");
  expect([log.last, log.textAt(10)]).toEqual([10, "ten"]);
});

test("an empty log has nothing to trim", () => {
  const log = new EventLog(owner, "s", 0);
  expect(log.trim()).toBe(0);
  expect([log.first, log.last]).toEqual([1, 0]);
});
