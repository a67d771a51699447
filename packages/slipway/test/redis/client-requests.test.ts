import { ClientRequestTimeoutError, StoreUnavailableError } from "slipway";
import { RedisClientRequestAdapter } from "slipway/redis";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { evaluated, FakeClient } from "./fake-client.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** A Redis that tells nobody of an answer. */
function silentRedis() {
  const state = { answer: null as string | null, looks: 0, forgotten: 0, away: false };
  const fake = new FakeClient((command) => {
    if (state.away) throw new Error("read ECONNRESET");
    if (evaluated(command, "'DEL'")) state.forgotten++;
    else state.looks++;
    return state.answer;
  });
  return { state, fake, adapter: new RedisClientRequestAdapter(fake.client) };
}

test("an answer of which the one that waits is not told is found by itself", async () => {
  const { state, adapter } = silentRedis();
  const { promise, ready } = adapter.createPending("session", "id");
  await ready;
  expect(state.looks).toBe(1);
  state.answer = 'a{"result":"yes"}';
  await vi.advanceTimersByTimeAsync(12_000);
  expect(await promise).toEqual({ result: "yes" });
  expect(adapter.size).toBe(0);
  await vi.waitFor(() => expect(state.forgotten).toBe(1));
});

test("an answer is looked for as soon as a lost connection is back", async () => {
  const { state, fake, adapter } = silentRedis();
  const { promise, ready } = adapter.createPending("session", "id");
  await ready;
  state.answer = 'r{"message":"refused","name":"AbortError"}';
  const listening = fake.made[1];
  listening?.disconnect();
  await expect(promise).rejects.toMatchObject({ message: "refused", name: "AbortError" });
  expect(fake.made).toHaveLength(3);
});

test("an answer that was taken as the time was over is not lost", async () => {
  const { state, adapter } = silentRedis();
  const { promise, ready } = adapter.createPending("session", "id", { timeoutMs: 1_000 });
  await ready;
  state.answer = 'a"in time"';
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await promise).toBe("in time");
});

test("a wait goes on while Redis is away, and ends when its time is over", async () => {
  const { state, adapter } = silentRedis();
  const { promise, ready } = adapter.createPending("session", "id", { timeoutMs: 40_000 });
  await ready;
  state.away = true;
  await vi.advanceTimersByTimeAsync(39_000);
  expect(adapter.size).toBe(1);
  const ended = expect(promise).rejects.toThrow(ClientRequestTimeoutError);
  await vi.advanceTimersByTimeAsync(1_000);
  await ended;
  expect(adapter.size).toBe(0);
});

test("a wait that could not be seen to when the connection was back is seen to soon after", async () => {
  const { state, fake, adapter } = silentRedis();
  const { promise, ready } = adapter.createPending("session", "id");
  await ready;
  state.away = true;
  fake.made[1]?.disconnect();
  await vi.advanceTimersByTimeAsync(3_000);
  state.away = false;
  state.answer = 'a"late"';
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await promise).toBe("late");
});

test("a wait of which Redis cannot be told ends at once, and asks for nothing any more", async () => {
  const { state, adapter } = silentRedis();
  state.away = true;
  const { promise, ready } = adapter.createPending("session", "id");
  await expect(ready).rejects.toThrow(StoreUnavailableError);
  await expect(promise).rejects.toThrow(StoreUnavailableError);
  expect(adapter.size).toBe(0);
});

test("waits that end leave nothing behind", async () => {
  const { state, adapter } = silentRedis();
  for (let index = 0; index < 100; index++) {
    const { promise, ready } = adapter.createPending("session", index, { timeoutMs: 100 });
    await ready;
    promise.catch(() => {});
  }
  expect(adapter.size).toBe(100);
  await vi.advanceTimersByTimeAsync(100);
  expect(adapter.size).toBe(0);
  const looks = state.looks;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(state.looks).toBe(looks);
  await adapter.close();
  expect(vi.getTimerCount()).toBe(0);
});

test("one request too many is refused, and closing ends those that wait", async () => {
  const fake = new FakeClient(() => null);
  const adapter = new RedisClientRequestAdapter(fake.client, { maxPending: 1 });
  const first = adapter.createPending("session", 1);
  await first.ready;
  const second = adapter.createPending("session", 2);
  await expect(second.promise).rejects.toThrow("raise maxPending");
  await expect(second.ready).rejects.toThrow("raise maxPending");
  const closed = expect(first.promise).rejects.toThrow("closed");
  await adapter.close();
  await closed;
  expect(fake.made.every(({ status }) => status === "end")).toBe(true);
});
