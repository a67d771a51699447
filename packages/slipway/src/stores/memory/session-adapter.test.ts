import { describe, expect, test } from "vitest";
import { EventsGoneError, SessionLimitError } from "../../ports/index.ts";
import { runContract, sessionContract } from "../../testing/index.ts";
import { InMemorySessionAdapter, type InMemorySessionOptions } from "./session-adapter.ts";

const meta = { protocolVersion: "2025-11-25" };
const MINUTE = 60_000;

/** An adapter whose clock stands still until it is moved. */
function adapterAt(options: InMemorySessionOptions = {}) {
  const clock = { now: 1_000_000 };
  return { clock, adapter: new InMemorySessionAdapter({ now: () => clock.now, ...options }) };
}

async function messages(adapter: InMemorySessionAdapter, lastEventId: string, id = "s"): Promise<unknown[]> {
  const written: unknown[] = [];
  await adapter.replay(id, lastEventId, (_, message) => void written.push(message));
  return written;
}

test("the adapter keeps the contract of a session adapter", async () => {
  const report = await runContract(sessionContract, {
    abilities: ["idleTimeoutMs", "maxSessions", "maxEventBufferSize"],
    makeInstances: (count, settings) =>
      Array<InMemorySessionAdapter>(count).fill(new InMemorySessionAdapter(settings)),
  });
  expect(report.failed).toEqual([]);
  expect(report.skipped).toEqual([]);
  expect(report.passed).toHaveLength(96);
});

describe("expiry", () => {
  test("a session expires half an hour after its last use", () => {
    const { adapter, clock } = adapterAt();
    adapter.create("s", meta);
    clock.now += 30 * MINUTE - 1;
    expect(adapter.has("s")).toBe(true);
    clock.now += 1;
    expect(adapter.has("s")).toBe(false);
    expect(adapter.get("s")).toBeUndefined();
  });

  test.each<[string, (adapter: InMemorySessionAdapter) => unknown]>([
    ["get", (adapter) => adapter.get("s")],
    ["appendEvent", (adapter) => adapter.appendEvent("s", "stream", 1)],
    ["openStream", (adapter) => adapter.openStream("s", "stream")],
    ["updateState", (adapter) => adapter.updateState("s", {})],
    ["readValue", (adapter) => adapter.readValue("s", "key")],
    ["writeValue", (adapter) => adapter.writeValue("s", "key", 1, 0)],
    ["beginCall", (adapter) => adapter.beginCall("s", "stream", { request: 1 }, "owner")],
    ["saveCall", (adapter) => adapter.saveCall("s", "stream", "owner", 1, [])],
    ["appendCallEvent", (adapter) => adapter.appendCallEvent("s", "stream", "owner", 1, false)],
  ])("%s extends the session's life", (_, use) => {
    const { adapter, clock } = adapterAt({ idleTimeoutMs: 1000 });
    adapter.create("s", meta);
    for (let round = 0; round < 3; round++) {
      clock.now += 999;
      use(adapter);
    }
    expect(adapter.has("s")).toBe(true);
    clock.now += 1000;
    use(adapter);
    expect(adapter.has("s")).toBe(false);
  });

  test("has does not extend the session's life", () => {
    const { adapter, clock } = adapterAt({ idleTimeoutMs: 1000 });
    adapter.create("s", meta);
    clock.now += 999;
    expect(adapter.has("s")).toBe(true);
    clock.now += 1;
    expect(adapter.has("s")).toBe(false);
  });

  test("expired sessions are forgotten when any other is used", () => {
    const { adapter, clock } = adapterAt({ idleTimeoutMs: 1000 });
    for (let index = 0; index < 50; index++) adapter.create(`s${index}`, meta);
    clock.now += 500;
    adapter.get("s7");
    clock.now += 500;
    expect(adapter.size).toBe(50);
    adapter.get("s7");
    expect(adapter.size).toBe(1);
  });

  test("an expired session is no obstacle to a new one of its id", () => {
    const { adapter, clock } = adapterAt({ idleTimeoutMs: 1000 });
    adapter.create("s", meta);
    const event = adapter.appendEvent("s", "stream", "old") ?? "";
    clock.now += 1000;
    adapter.create("s", { protocolVersion: "2025-06-18" });
    expect(adapter.get("s")).toEqual({ meta: { protocolVersion: "2025-06-18" } });
    return expect(messages(adapter, event)).rejects.toThrow(EventsGoneError);
  });

  test("with an infinite timeout a session never expires", () => {
    const { adapter, clock } = adapterAt({ idleTimeoutMs: Number.POSITIVE_INFINITY });
    adapter.create("s", meta);
    clock.now = Number.MAX_SAFE_INTEGER;
    expect(adapter.has("s")).toBe(true);
  });
});

describe("bounds", () => {
  test("what clients say of themselves has a bound of its own", () => {
    const { adapter, clock } = adapterAt({ maxMetaBytes: 1_000, idleTimeoutMs: 1000 });
    const talkative = { ...meta, clientInfo: { name: "x".repeat(600), version: "1" } };
    adapter.create("a", talkative);
    expect(() => adapter.create("b", talkative)).toThrow(SessionLimitError);
    expect(() => adapter.create("b", talkative)).toThrow(/raise maxMetaBytes/);
    adapter.create("c", meta);
    adapter.delete("a");
    adapter.create("d", talkative);
    clock.now += 1000;
    adapter.create("e", talkative);
    expect(adapter.size).toBe(1);
  });

  test("a full adapter ends expired sessions before it refuses", () => {
    const { adapter, clock } = adapterAt({ maxSessions: 2, idleTimeoutMs: 1000 });
    adapter.create("a", meta);
    clock.now += 600;
    adapter.create("b", meta);
    expect(() => adapter.create("c", meta)).toThrow(SessionLimitError);
    clock.now += 400;
    adapter.create("c", meta);
    expect(["a", "b", "c"].map((id) => adapter.has(id))).toEqual([false, true, true]);
  });

  test("an id that is in use cannot be created again", () => {
    const { adapter } = adapterAt();
    adapter.create("s", meta);
    expect(() => adapter.create("s", { protocolVersion: "2025-06-18" })).toThrow(/new session's id/);
    expect(adapter.get("s")).toEqual({ meta });
  });

  test("the log of a stream holds the newest events up to its bound, 1024 by default", async () => {
    const { adapter } = adapterAt();
    adapter.create("s", meta);
    for (let index = 1; index <= 1026; index++) adapter.appendEvent("s", "stream", index);
    await expect(messages(adapter, "stream_1")).rejects.toThrow(EventsGoneError);
    const held = await messages(adapter, "stream_2");
    expect([held.length, held[0], held.at(-1)]).toEqual([1024, 3, 1026]);
  });

  test("beyond maxStreams the closed log goes first, then the one used least recently", async () => {
    const { adapter } = adapterAt({ maxStreams: 3 });
    adapter.create("s", meta);
    for (const streamId of ["a", "b", "c"]) adapter.appendEvent("s", streamId, streamId);
    adapter.appendEvent("s", "a", "again");
    adapter.closeStream("s", "c");
    adapter.appendEvent("s", "d", "d");
    await expect(messages(adapter, "c_0")).rejects.toThrow(EventsGoneError);
    expect(await messages(adapter, "b_0")).toEqual(["b"]);
    adapter.appendEvent("s", "e", "e");
    await expect(messages(adapter, "b_0")).rejects.toThrow(EventsGoneError);
    expect(await messages(adapter, "a_0")).toEqual(["a", "again"]);
  });

  test("beyond maxSessionBytes closed logs go first, then the oldest events of the largest log", async () => {
    const { adapter } = adapterAt({ maxSessionBytes: 1000 });
    adapter.create("s", meta);
    const text = "x".repeat(98);
    adapter.appendEvent("s", "closed", text);
    adapter.appendEvent("s", "small", "small");
    for (let index = 0; index < 8; index++) adapter.appendEvent("s", "large", text);
    adapter.closeStream("s", "closed");
    adapter.appendEvent("s", "large", text);
    await expect(messages(adapter, "closed_0")).rejects.toThrow(EventsGoneError);
    expect(await messages(adapter, "large_0")).toHaveLength(9);
    adapter.appendEvent("s", "small", text);
    await expect(messages(adapter, "large_0")).rejects.toThrow(EventsGoneError);
    expect(await messages(adapter, "large_1")).toHaveLength(8);
    expect(await messages(adapter, "small_0")).toEqual(["small", text]);
  });

  test("a message over maxSessionBytes is not held, displaces no other stream, and is not skipped in silence", async () => {
    const { adapter } = adapterAt({ maxSessionBytes: 1000 });
    adapter.create("s", meta);
    adapter.appendEvent("s", "other", "kept");
    adapter.appendEvent("s", "stream", "before");
    const tooLarge = adapter.appendEvent("s", "stream", "x".repeat(1000));
    expect(tooLarge).toBe("stream_2");
    adapter.appendEvent("s", "stream", "after");
    await expect(messages(adapter, "stream_1")).rejects.toThrow(EventsGoneError);
    expect(await messages(adapter, "stream_2")).toEqual(["after"]);
    expect(await messages(adapter, "other_0")).toEqual(["kept"]);
  });

  test.each([0, -1, Number.NaN, "5" as unknown as number])("%s is no bound", (value) => {
    for (const name of ["maxSessions", "maxStreams", "maxSessionBytes", "maxEventBufferSize"]) {
      expect(() => new InMemorySessionAdapter({ [name]: value })).toThrow(RangeError);
    }
    for (const name of ["idleTimeoutMs", "closedStreamTtlMs"]) {
      expect(() => new InMemorySessionAdapter({ [name]: value })).toThrow(
        new RegExp(`^${name} must be a number`),
      );
    }
  });
});

describe("event ids", () => {
  test("a stream's start has the sequence 0, its events count from 1", () => {
    const { adapter } = adapterAt();
    adapter.create("s", meta);
    expect(adapter.openStream("s", "stream")).toBe("stream_0");
    expect([1, 2, 3].map((message) => adapter.appendEvent("s", "stream", message))).toEqual([
      "stream_1",
      "stream_2",
      "stream_3",
    ]);
    expect(adapter.streamOf("a_b_12")).toBe("a_b");
  });

  test.each([
    "stream_4",
    "stream_01",
    "stream_1e0",
    "stream_0x1",
    "stream_-1",
    "stream_1.0",
    "stream_",
    "stream",
  ])("%s is refused where the last event is stream_3", async (eventId) => {
    const { adapter } = adapterAt();
    adapter.create("s", meta);
    for (const message of [1, 2, 3]) adapter.appendEvent("s", "stream", message);
    await expect(messages(adapter, eventId)).rejects.toThrow(EventsGoneError);
  });

  test("a stream that goes on after its log was dropped repeats no id", async () => {
    const { adapter } = adapterAt({ maxStreams: 1 });
    adapter.create("s", meta);
    const before = ["one", "two"].map((message) => adapter.appendEvent("s", "a", message) ?? "");
    adapter.appendEvent("s", "b", "drops the log of a");
    const start = adapter.openStream("s", "a") ?? "";
    const after = ["three", "four"].map((message) => adapter.appendEvent("s", "a", message) ?? "");
    expect(new Set([...before, start, ...after]).size).toBe(5);
    for (const eventId of before) await expect(messages(adapter, eventId)).rejects.toThrow(EventsGoneError);
    expect(await messages(adapter, start)).toEqual(["three", "four"]);
  });

  test("a stream that is opened again goes on before the first event that is held", async () => {
    const { adapter } = adapterAt({ maxEventBufferSize: 2 });
    adapter.create("s", meta);
    for (const message of [1, 2, 3]) adapter.appendEvent("s", "stream", message);
    expect(adapter.openStream("s", "stream")).toBe("stream_1");
    expect(await messages(adapter, "stream_1")).toEqual([2, 3]);
  });

  test("a session that does not exist has no ids to give", () => {
    const { adapter } = adapterAt();
    expect(adapter.appendEvent("s", "stream", 1)).toBeUndefined();
    expect(adapter.openStream("s", "stream")).toBeUndefined();
  });
});

describe("closed streams", () => {
  test("a client may resume a closed stream for five minutes", async () => {
    const { adapter, clock } = adapterAt();
    adapter.create("s", meta);
    adapter.create("other", meta);
    for (const message of [1, 2]) adapter.appendEvent("s", "stream", message);
    adapter.closeStream("s", "stream");
    clock.now += 5 * MINUTE - 1;
    adapter.get("other");
    expect(await messages(adapter, "stream_1")).toEqual([2]);
    clock.now += 1;
    adapter.get("other");
    await expect(messages(adapter, "stream_1")).rejects.toThrow(EventsGoneError);
    expect(adapter.has("s")).toBe(true);
  });

  test("an append to a closed stream opens it again", async () => {
    const { adapter, clock } = adapterAt({ closedStreamTtlMs: 1000 });
    adapter.create("s", meta);
    adapter.appendEvent("s", "stream", 1);
    adapter.closeStream("s", "stream");
    adapter.appendEvent("s", "stream", 2);
    clock.now += 5000;
    adapter.get("s");
    expect(await messages(adapter, "stream_0")).toEqual([1, 2]);
  });
});

describe("replay", () => {
  test("it also writes what is appended while it runs", async () => {
    const { adapter } = adapterAt();
    adapter.create("s", meta);
    adapter.appendEvent("s", "stream", 1);
    const written: unknown[] = [];
    await adapter.replay("s", "stream_0", async (_, message) => {
      written.push(message);
      if (written.length < 5) adapter.appendEvent("s", "stream", written.length + 1);
    });
    expect(written).toEqual([1, 2, 3, 4, 5]);
  });

  test.each<[string, (adapter: InMemorySessionAdapter) => void]>([
    ["the session is deleted", (adapter) => adapter.delete("s")],
    [
      "the events are trimmed",
      (adapter) => [7, 8, 9].map((message) => adapter.appendEvent("s", "stream", message)),
    ],
    ["the log is dropped", (adapter) => void adapter.openStream("s", "another")],
  ])("it is refused midway when %s", async (_, meanwhile) => {
    const { adapter } = adapterAt({ maxStreams: 1, maxEventBufferSize: 3 });
    adapter.create("s", meta);
    for (const message of [1, 2, 3]) adapter.appendEvent("s", "stream", message);
    const written: unknown[] = [];
    const replay = adapter.replay("s", "stream_0", (_id, message) => {
      written.push(message);
      meanwhile(adapter);
    });
    await expect(replay).rejects.toThrow(EventsGoneError);
    expect(written).toEqual([1]);
  });
});

describe("values", () => {
  test("a message that is changed after its append is replayed as it was", async () => {
    const { adapter } = adapterAt();
    adapter.create("s", meta);
    const message = { text: "before" };
    adapter.appendEvent("s", "stream", message);
    message.text = "after";
    expect(await messages(adapter, "stream_0")).toEqual([{ text: "before" }]);
  });

  test("what is no JSON value cannot be appended", () => {
    const { adapter } = adapterAt();
    adapter.create("s", meta);
    expect(() => adapter.appendEvent("s", "stream", undefined)).toThrow(/JSON value/);
  });

  test("a change of the state does not reach into what was read before", () => {
    const { adapter } = adapterAt();
    adapter.create("s", meta);
    adapter.updateState("s", { logLevel: "info" });
    const before = adapter.get("s");
    adapter.updateState("s", { logLevel: undefined, subscribe: "a:1" });
    expect(before).toEqual({ meta, state: { logLevel: "info" } });
    expect(adapter.get("s")).toEqual({ meta, state: { logLevel: "info", subscriptions: ["a:1"] } });
  });

  test("session ids come from the function that was given", () => {
    expect(new InMemorySessionAdapter({ generateSessionId: () => "mine" }).generateSessionId()).toBe("mine");
  });
});

describe("what handlers keep", () => {
  test("the values of a session are bounded, and what is replaced or deleted makes room", () => {
    const { adapter } = adapterAt({ maxValueBytes: 10 });
    adapter.create("s", meta);
    adapter.create("other", meta);
    expect(adapter.writeValue("s", "k", "1234567", 0)).toBe(true);
    expect(() => adapter.writeValue("s", "l", 1, 0)).toThrow(/raise maxValueBytes/);
    expect(adapter.readValue("s", "l")).toBeUndefined();
    expect(adapter.writeValue("other", "k", "1234567", 0)).toBe(true);
    expect(adapter.writeValue("s", "k", "12345", 1)).toBe(true);
    expect(adapter.writeValue("s", "l", 1, 0)).toBe(true);
    expect(() => adapter.writeValue("s", "m", 1, 0)).toThrow(/No room for a value of 1 characters/);
    expect(adapter.writeValue("s", "l", undefined, 3)).toBe(true);
    expect(adapter.writeValue("s", "m", 1, 0)).toBe(true);
  });

  test("what is no JSON value is refused, and leaves the value as it was", () => {
    const { adapter } = adapterAt();
    adapter.create("s", meta);
    adapter.writeValue("s", "k", 1, 0);
    expect(() => adapter.writeValue("s", "k", () => {}, 1)).toThrow(/a session's value, got function/);
    expect(adapter.readValue("s", "k")).toEqual({ value: 1, version: 1 });
  });
});

describe("calls", () => {
  test("the calls of a session are bounded, and one that ends makes room", () => {
    const { adapter } = adapterAt({ maxCalls: 2 });
    adapter.create("s", meta);
    adapter.create("other", meta);
    adapter.beginCall("s", "one", { request: 1 }, "owner");
    adapter.beginCall("s", "two", { request: 1 }, "owner");
    expect(() => adapter.beginCall("s", "three", { request: 1 }, "owner")).toThrow(/raise maxCalls/);
    adapter.beginCall("other", "three", { request: 1 }, "owner");
    adapter.endCall("s", "one", "owner");
    adapter.beginCall("s", "three", { request: 1 }, "owner");
    expect(adapter.getCall("s", "three")?.request).toBe(1);
  });

  test("answered calls are listed by the time of the first answer that they still hold", () => {
    const { adapter, clock } = adapterAt();
    for (const id of ["a", "b"]) {
      adapter.create(id, meta);
      adapter.beginCall(id, "stream", { request: 1 }, "owner");
      adapter.saveCall(id, "stream", "owner", 1, ["first", "second"]);
    }
    const listed = (before: number) => adapter.answeredCalls(before, 10).map(({ id }) => id);
    adapter.answerCall("a", "first", 1);
    clock.now += 10;
    adapter.answerCall("b", "first", 1);
    clock.now += 10;
    adapter.answerCall("a", "second", 1);
    expect(listed(1_000_000)).toEqual([]);
    expect(listed(1_000_001)).toEqual(["a"]);
    expect(listed(1_000_020)).toEqual(["a", "b"]);
    adapter.saveCall("a", "stream", "owner", 2, ["second"]);
    expect(listed(1_000_020)).toEqual(["b"]);
    expect(listed(1_000_021)).toEqual(["b", "a"]);
  });

  test("a call that ends lets its session's other calls be answered, and its own questions not", () => {
    const { adapter } = adapterAt();
    adapter.create("s", meta);
    for (const stream of ["one", "two"]) {
      adapter.beginCall("s", stream, { request: 1 }, "owner");
      adapter.saveCall("s", stream, "owner", 1, [`question of ${stream}`]);
    }
    adapter.endCall("s", "one", "owner");
    expect(adapter.answerCall("s", "question of one", 1)).toBeUndefined();
    expect(adapter.answerCall("s", "question of two", 1)).toEqual({ streamId: "two", owner: "owner" });
  });
});
