import { redisStore } from "slipway/redis";
import { expect, test } from "vitest";
import { FakeClient } from "./fake-client.ts";

const OTHER = "00000000-0000-4000-8000-000000000000";

async function listening() {
  const fake = new FakeClient(() => 1);
  const store = redisStore(fake.client);
  const heard: unknown[] = [];
  let missed = 0;
  const stop = await store.bus.subscribe(
    (message) => void heard.push(message.index),
    () => void missed++,
  );
  const told = (...message: unknown[]) =>
    fake.made[1]?.emit("message", "slipway:{instances}", JSON.stringify(message));
  return { told, heard, missed: () => missed, stop };
}

test("who hears that a number is missing among an instance's messages is told, once", async () => {
  const { told, heard, missed, stop } = await listening();
  told(OTHER, 7, { index: 7 });
  told(OTHER, 8, { index: 8 });
  told(OTHER, 8);
  expect(missed()).toBe(0);
  told(OTHER, 10, { index: 10 });
  expect(missed()).toBe(1);
  told(OTHER, 10);
  expect(missed()).toBe(1);
  expect(heard).toEqual([7, 8, 10]);
  await stop();
});

test("who did not hear an instance's last message is told with its next sign of life", async () => {
  const { told, missed, stop } = await listening();
  told(OTHER, 1, { index: 1 });
  told(OTHER, 1);
  expect(missed()).toBe(0);
  told(OTHER, 2);
  expect(missed()).toBe(1);
  told(OTHER, 2);
  expect(missed()).toBe(1);
  await stop();
});

test("an instance that was not heard before, and a message that comes late, are no gap", async () => {
  const { told, heard, missed, stop } = await listening();
  told(OTHER, 41);
  told(OTHER, 42, { index: 42 });
  told(OTHER, 41, { index: 41 });
  told(OTHER, 43, { index: 43 });
  expect(heard).toEqual([42, 41, 43]);
  expect(missed()).toBe(0);
  await stop();
});
