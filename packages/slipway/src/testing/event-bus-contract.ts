import type { BusMessage, EventBus } from "../ports/index.ts";
import { assert, assertEqual, atOnce, eventually, pause } from "./assert.ts";
import type { ContractCase } from "./contract.ts";
import { awkwardMessage, HOSTILE_IDS } from "./hostile.ts";
import { two } from "./instances.ts";
import { keepDoing } from "./pace.ts";
import { assertUnguessable } from "./unguessable.ts";

/**
 * A bus, and what a test can do to it. Cases that need it are skipped without it.
 */
export interface EventBusUnderTest extends EventBus {
  /** Ends the instance without a word, as `kill -9` would: it hears, tells and signs nothing any more. */
  crash?(): void | Promise<void>;
  /** Cuts the instance's connections once. The instance finds its way back by itself. */
  interrupt?(): void | Promise<void>;
}

type BusCase = ContractCase<EventBusUnderTest>;

/** What an `EventBus` promises. */
export const eventBusContract: readonly BusCase[] = [
  {
    name: "every instance has an id of its own that cannot be guessed",
    async run(makeInstances) {
      const buses = await makeInstances(4);
      assertEqual(buses.length, 4, "the number of instances of makeInstances(4)");
      assertUnguessable(
        buses.map(({ instanceId }) => instanceId),
        "an instance's id",
      );
    },
  },
  {
    name: "a message reaches every instance that listens, the one that published it too",
    async run(makeInstances) {
      const buses = await makeInstances(3);
      await listening(buses, async (ears) => {
        for (const [from, bus] of buses.entries()) {
          await bus.publish(ears.message({ from }));
          for (const ear of ears.all) await ear.hears(from + 1);
        }
        for (const ear of ears.all)
          assertEqual(ear.heard, [{ from: 0 }, { from: 1 }, { from: 2 }], "what was heard");
      });
    },
  },
  {
    name: "a message comes back as it went in",
    async run(makeInstances) {
      const buses = await two(makeInstances);
      await listening(buses, async (ears) => {
        const contents = [
          { odd: awkwardMessage() },
          {},
          { text: "" },
          { text: "x".repeat(3_900) },
          { list: [null, 0] },
        ];
        for (const content of contents) await buses[0].publish(ears.message(content));
        for (const ear of ears.all) {
          await ear.hears(contents.length);
          assertEqual(ear.heard, contents, "what was heard");
        }
      });
    },
  },
  {
    name: "messages that an instance publishes one after the other arrive once, in that order",
    async run(makeInstances) {
      const buses = await makeInstances(3);
      await listening(buses, async (ears) => {
        await atOnce(3, async (from) => {
          for (let index = 0; index < 40; index++) await buses[from]?.publish(ears.message({ from, index }));
        });
        for (const ear of ears.all) {
          await ear.hears(120);
          for (const from of [0, 1, 2])
            assertEqual(
              ear.heard.filter((message) => message.from === from),
              Array.from({ length: 40 }, (_, index) => ({ from, index })),
              `what was heard of instance ${from}`,
            );
        }
      });
    },
  },
  {
    name: "messages that are published at once are each heard once",
    async run(makeInstances) {
      const buses = await two(makeInstances);
      await listening(buses, async (ears) => {
        await atOnce(100, (index) => buses[index % 2]?.publish(ears.message({ index })));
        for (const ear of ears.all) {
          await ear.hears(100);
          await pause(20);
          const heard = ear.heard.map(({ index }) => Number(index)).sort((one, other) => one - other);
          assertEqual(
            heard,
            Array.from({ length: 100 }, (_, index) => index),
            "what was heard",
          );
        }
      });
    },
  },
  {
    name: "each listener of an instance hears each message once",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      await listening([a, b, b, b], async (ears) => {
        for (const from of [a, b]) await from.publish(ears.message({ text: "ding" }));
        for (const ear of ears.all) {
          await ear.hears(2);
          await pause(20);
          assertEqual(ear.heard, [{ text: "ding" }, { text: "ding" }], "what was heard");
        }
      });
    },
  },
  {
    name: "who has ended its subscription hears nothing more, and others go on",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      await listening([a, a, b, b], async (ears) => {
        const [first, second, third, fourth] = ears.all;
        assert(first !== undefined && second !== undefined, "there are four listeners");
        assert(third !== undefined && fourth !== undefined, "there are four listeners");
        await a.publish(ears.message({ index: 0 }));
        for (const ear of ears.all) await ear.hears(1);
        await first.stop();
        await third.stop();
        await b.publish(ears.message({ index: 1 }));
        await fourth.stop();
        await a.publish(ears.message({ index: 2 }));
        await second.hears(3);
        await pause(20);
        assertEqual(
          second.heard,
          [{ index: 0 }, { index: 1 }, { index: 2 }],
          "what the listener heard that is left",
        );
        for (const ear of [first, third])
          assertEqual(ear.heard, [{ index: 0 }], "what was heard before the end");
        assert(fourth.heard.length < 3, "who ended its subscription does not hear the third message");
      });
    },
  },
  {
    name: "an instance that has ended its subscriptions may begin again",
    async run(makeInstances) {
      const buses = await two(makeInstances);
      for (let round = 0; round < 3; round++) {
        await listening(buses, async (ears) => {
          await buses[round % 2]?.publish(ears.message({ round }));
          for (const ear of ears.all) {
            await ear.hears(1);
            assertEqual(ear.heard, [{ round }], "what was heard");
          }
          assertEqual(
            await buses[0].isAlive(buses[1].instanceId),
            true,
            "isAlive() of an instance that listens",
          );
        });
      }
    },
  },
  {
    name: "subscriptions that begin and end at once leave the others as they are",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      await listening([a, b], async (ears) => {
        await atOnce(20, async (index) => {
          const stop = await (index % 2 === 0 ? a : b).subscribe(
            () => {},
            () => {},
          );
          await pause(index % 4);
          await stop();
        });
        await a.publish(ears.message({ text: "ding" }));
        for (const ear of ears.all) {
          await ear.hears(1);
          assertEqual(ear.heard, [{ text: "ding" }], "what was heard");
        }
      });
    },
  },
  {
    name: "every instance knows of itself and of the others that they live",
    async run(makeInstances) {
      const buses = await makeInstances(3);
      await listening(buses, async () => {
        for (const bus of buses) {
          assert(
            Number.isFinite(bus.deadAfterMs) && bus.deadAfterMs > 0,
            `deadAfterMs is a number of milliseconds, got ${bus.deadAfterMs}`,
          );
          const living = await atOnce(3, (index) => bus.isAlive(buses[index]?.instanceId ?? ""));
          assertEqual(living, [true, true, true], "isAlive() of three instances that listen");
        }
      });
    },
  },
  {
    name: "an id that no instance has is not alive",
    async run(makeInstances) {
      const buses = await two(makeInstances);
      await listening(buses, async () => {
        const [{ instanceId }, bus] = buses;
        const unknown = [
          "",
          " ",
          "船",
          crypto.randomUUID(),
          `${instanceId}x`,
          instanceId.slice(1),
          "x".repeat(5000),
        ];
        for (const id of [...unknown, ...HOSTILE_IDS])
          assertEqual(await bus.isAlive(id), false, `isAlive(${JSON.stringify(id.slice(0, 50))})`);
      });
    },
  },
  {
    name: "an instance that listens lives, however long nobody says anything",
    requires: ["deadAfterMs"],
    async run(makeInstances) {
      // On a machine that pauses for too long nothing can be told; then the times are doubled.
      for (let deadAfterMs = 600; deadAfterMs < 5_000; deadAfterMs *= 2) {
        const buses = await two(makeInstances, { deadAfterMs });
        assertEqual(buses[0].deadAfterMs, deadAfterMs, "deadAfterMs");
        let living = true;
        const longest = await listening(buses, () =>
          keepDoing(deadAfterMs, async () => {
            for (const bus of buses)
              for (const { instanceId } of buses) living &&= await bus.isAlive(instanceId);
            return living;
          }),
        );
        if (longest > deadAfterMs / 3) continue;
        assert(living, "isAlive() of an instance that listens stays true");
        return;
      }
      throw new Error("Expected pauses of less than 1.6 seconds, the machine or the store took longer.");
    },
  },
  {
    name: "an instance counts as dead in time after its last subscription has ended, and not before",
    requires: ["deadAfterMs"],
    async run(makeInstances) {
      const deadAfterMs = 600;
      const [a, b] = await two(makeInstances, { deadAfterMs });
      await listening([a, b, b], async (ears) => {
        await ears.all[1]?.stop();
        assertEqual(
          await a.isAlive(b.instanceId),
          true,
          "isAlive() after one of two subscriptions has ended",
        );
        await ears.all[2]?.stop();
        await assertDies(a, b.instanceId, deadAfterMs);
        assertEqual(await a.isAlive(a.instanceId), true, "isAlive() of the instance that listens");
      });
    },
  },
  {
    name: "an instance that dies without a word counts as dead in time, and others go on",
    requires: ["deadAfterMs", "crash"],
    async run(makeInstances) {
      const deadAfterMs = 600;
      const [a, b, c] = await makeInstances(3, { deadAfterMs });
      assert(a !== undefined && b !== undefined && c !== undefined, "makeInstances(3) gives three instances");
      await listening([a, b, c], async (ears) => {
        await a.publish(ears.message({ index: 0 }));
        for (const ear of ears.all) await ear.hears(1);
        await c.crash?.();
        await assertDies(a, c.instanceId, deadAfterMs);
        await assertDies(b, c.instanceId, deadAfterMs);
        await b.publish(ears.message({ index: 1 }));
        for (const ear of ears.all.slice(0, 2)) await ear.hears(2);
        assertEqual(ears.all[2]?.heard, [{ index: 0 }], "what the dead instance heard");
        assertEqual(await b.isAlive(a.instanceId), true, "isAlive() of an instance that lives");
      });
    },
  },
  {
    name: "an instance whose connection was cut is told that it missed something, and hears again",
    requires: ["interrupt"],
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      await listening([a, b, b], async (ears) => {
        const [other, ...cut] = ears.all;
        await b.interrupt?.();
        for (const ear of cut) await eventually(() => ear.missed > 0, "each listener is told of the gap");
        await a.publish(ears.message({ text: "after the gap" }));
        for (const ear of cut) {
          await ear.hears(1);
          assertEqual(ear.heard, [{ text: "after the gap" }], "what was heard after the gap");
        }
        assertEqual(other?.missed, 0, "how often an instance whose connection held was told of a gap");
        await eventually(() => a.isAlive(b.instanceId), "the instance counts as alive again");
        await eventually(async () => {
          await settledPublish(b, ears.message({ text: "from the other side" }));
          return other?.heard.some(({ text }) => text === "from the other side") ?? false;
        }, "the instance is heard again");
      });
    },
  },
];

/** One subscription. */
class Ear {
  readonly heard: BusMessage[] = [];
  missed = 0;
  #stop: (() => void | Promise<void>) | undefined;

  async listen(bus: EventBus, topic: string): Promise<void> {
    this.#stop = await bus.subscribe(
      // Others may use the same bus.
      ({ topic: of, content }) => void (of === topic && this.heard.push(content as BusMessage)),
      () => void this.missed++,
    );
  }

  async stop(): Promise<void> {
    const stop = this.#stop;
    this.#stop = undefined;
    await stop?.();
  }

  hears(count: number): Promise<void> {
    return eventually(() => this.heard.length >= count, `${count} messages are heard`);
  }
}

interface Ears {
  readonly all: readonly Ear[];
  message(content: BusMessage): BusMessage;
}

/** Listens on each of the buses while the work is done. */
async function listening<T>(buses: readonly EventBus[], work: (ears: Ears) => Promise<T>): Promise<T> {
  const topic = crypto.randomUUID();
  const all = buses.map(() => new Ear());
  try {
    for (const [index, bus] of buses.entries()) await all[index]?.listen(bus, topic);
    return await work({ all, message: (content) => ({ topic, content }) });
  } finally {
    for (const ear of all) await ear.stop();
  }
}

/** The instance is dead at the latest after its time; a slow machine may take as long again to tell. */
async function assertDies(bus: EventBus, instanceId: string, deadAfterMs: number): Promise<void> {
  const start = Date.now();
  await eventually(async () => !(await bus.isAlive(instanceId)), "an instance that has died counts as dead");
  const took = Date.now() - start;
  assert(took <= 2 * deadAfterMs, `an instance counts as dead after ${deadAfterMs} ms, it took ${took} ms`);
}

async function settledPublish(bus: EventBus, message: BusMessage): Promise<void> {
  try {
    await bus.publish(message);
  } catch {
    // The connection may not be back yet.
  }
}
