import { expect, test } from "vitest";
import { memoryStore } from "./store.ts";

async function turn(): Promise<void> {
  await Promise.resolve();
  await Promise.resolve();
}

test("who publishes is not interrupted by those who hear it", async () => {
  const { bus } = memoryStore();
  const heard: unknown[] = [];
  bus.subscribe((message) => heard.push(message));
  bus.publish({ text: "ding" });
  expect(heard).toEqual([]);
  await turn();
  expect(heard).toEqual([{ text: "ding" }]);
});

test("a message that is on its way does not reach who has ended its subscription", async () => {
  const { bus } = memoryStore();
  const heard: unknown[] = [];
  const stop = bus.subscribe((message) => heard.push(message));
  bus.publish({ text: "ding" });
  stop();
  await turn();
  expect(heard).toEqual([]);
});

test("one function that listens twice hears twice, and stops one by one", async () => {
  const { bus } = memoryStore();
  let heard = 0;
  const listener = () => void heard++;
  const stop = bus.subscribe(listener);
  bus.subscribe(listener);
  bus.publish({});
  await turn();
  expect(heard).toBe(2);
  stop();
  stop();
  expect(bus.isAlive(bus.instanceId)).toBe(true);
  bus.publish({});
  await turn();
  expect(heard).toBe(3);
});

test("an instance lives exactly as long as it listens", async () => {
  const first = memoryStore({ deadAfterMs: 500 });
  const second = first.instance();
  expect(first.bus.isAlive(second.bus.instanceId)).toBe(false);
  const stop = second.bus.subscribe(() => {});
  expect(first.bus.isAlive(second.bus.instanceId)).toBe(true);
  stop();
  expect(first.bus.isAlive(second.bus.instanceId)).toBe(false);
  second.bus.subscribe(() => {});
  await second.close();
  expect(first.bus.isAlive(second.bus.instanceId)).toBe(false);
  expect([first.bus.deadAfterMs, memoryStore().bus.deadAfterMs]).toEqual([500, 10_000]);
});

test("a store that was closed may listen again", async () => {
  const store = memoryStore();
  store.bus.subscribe(() => {});
  await store.close();
  let heard = 0;
  const stop = store.bus.subscribe(() => void heard++);
  store.bus.publish({});
  await turn();
  expect(heard).toBe(1);
  stop();
  expect(store.bus.isAlive(store.bus.instanceId)).toBe(false);
});

test("stores are apart, and the instances of one share everything but their buses", () => {
  const store = memoryStore();
  const instance = store.instance();
  expect(instance.sessions).toBe(store.sessions);
  expect(instance.clientRequests).toBe(store.clientRequests);
  expect(instance.tasks).toBe(store.tasks);
  expect(instance.handles).toBe(store.handles);
  expect(instance.journals).toBe(store.journals);
  expect(instance.bus).not.toBe(store.bus);
  expect(memoryStore().sessions).not.toBe(store.sessions);
});
