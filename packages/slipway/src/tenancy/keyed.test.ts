import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Keyed, NoRoomError } from "./keyed.ts";

interface Thing {
  readonly key: string;
  busy: boolean;
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function keyed(bounds: { max?: number; idleMs?: number; graceMs?: number } = {}) {
  const opened: string[] = [];
  const closed: string[] = [];
  const failed: unknown[] = [];
  const things = new Keyed<Thing>({
    open: async (key) => {
      opened.push(key);
      await Promise.resolve();
      if (key === "broken") throw new Error("cannot be opened");
      return { key, busy: false };
    },
    close: (thing) => {
      closed.push(thing.key);
      if (thing.key === "stuck") throw new Error("cannot be closed");
    },
    failed: (error) => void failed.push(error),
    isBusy: (thing) => thing.busy,
    ...{ max: 2, idleMs: 1_000, graceMs: 0 },
    ...bounds,
  });
  return { things, opened, closed, failed };
}

test("opens one thing for a key, however many ask while it opens", async () => {
  const { things, opened } = keyed();
  const [one, same] = await Promise.all([things.get("a"), things.get("a")]);
  expect(one).toBe(same);
  expect(things.get("a")).toBe(one);
  expect(opened).toEqual(["a"]);
  expect([...things.values()]).toEqual([one]);
});

test("tells all who asked that it cannot be opened, and tries again for the next", async () => {
  const { things, opened } = keyed();
  const asked = [things.get("broken"), things.get("broken")];
  for (const each of asked) await expect(each).rejects.toThrow("cannot be opened");
  expect(things.size).toBe(0);
  await expect(things.get("broken")).rejects.toThrow("cannot be opened");
  expect(opened).toEqual(["broken", "broken"]);
});

test("closes what nobody has asked for, and keeps what is busy or worked with", async () => {
  const { things, closed } = keyed({ max: 3 });
  await things.get("idle");
  const busy = await things.get("busy");
  busy.busy = true;
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const working = things.use("used", () => ended);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(closed).toEqual(["idle"]);
  busy.busy = false;
  end();
  await working;
  await vi.advanceTimersByTimeAsync(600);
  expect(closed).toEqual(["idle", "busy"]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(closed).toEqual(["idle", "busy", "used"]);
  expect(vi.getTimerCount()).toBe(0);
});

test("makes room by closing what was asked for the longest ago", async () => {
  const { things, closed } = keyed();
  await things.get("a");
  await things.get("b");
  await vi.advanceTimersByTimeAsync(1);
  await things.get("a");
  await things.get("c");
  expect(closed).toEqual(["b"]);
});

test("refuses another where all are in use, or were asked for a moment ago", async () => {
  const { things, closed } = keyed({ max: 1, graceMs: 100 });
  const only = await things.get("a");
  expect(() => things.get("b")).toThrow(NoRoomError);
  await vi.advanceTimersByTimeAsync(100);
  only.busy = true;
  expect(() => things.get("b")).toThrow("There are 1 already, and all are in use.");
  only.busy = false;
  expect(await things.get("b")).toMatchObject({ key: "b" });
  expect(closed).toEqual(["a"]);
});

test("does not close what is being opened to make room", async () => {
  const { things } = keyed({ max: 1 });
  const opening = things.get("a");
  expect(() => things.get("b")).toThrow(NoRoomError);
  expect(await opening).toMatchObject({ key: "a" });
});

test("closes everything at the end, also what is being opened, and opens nothing more", async () => {
  const { things, closed, failed } = keyed();
  await things.get("stuck");
  const opening = things.get("a");
  await things.close();
  await opening;
  expect(closed).toEqual(["stuck", "a"]);
  expect(failed).toMatchObject([{ message: "cannot be closed" }]);
  expect(() => things.get("c")).toThrow(NoRoomError);
  expect(vi.getTimerCount()).toBe(0);
});
