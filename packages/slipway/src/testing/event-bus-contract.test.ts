import { describe, expect, test } from "vitest";
import { failuresOf, inLatin1, later } from "../../test/mutants.ts";
import type { BusMessage } from "../ports/index.ts";
import { type ContractSettings, type EventBusUnderTest, eventBusContract, runContract } from "./index.ts";

type Deliver = (message: BusMessage) => void;

/** What all instances are connected to. */
class Hub {
  readonly connections = new Map<string, Deliver>();
  readonly leases = new Map<string, number>();
}

/** An instance with one connection, over which everything takes its time, and a lease that it renews. */
class RemoteBus implements EventBusUnderTest {
  instanceId: string = crypto.randomUUID();
  readonly deadAfterMs: number;
  readonly hub: Hub;
  readonly listeners = new Map<object, { listener: Deliver; missed: () => void }>();
  #renewing: ReturnType<typeof setInterval> | undefined;
  #crashed = false;

  constructor(hub: Hub, settings: ContractSettings = {}) {
    this.hub = hub;
    this.deadAfterMs = settings.deadAfterMs ?? 10_000;
  }

  async publish(message: BusMessage) {
    const text = JSON.stringify(message);
    await later();
    for (const deliver of this.hub.connections.values()) deliver(JSON.parse(text));
    await later();
  }

  async subscribe(listener: Deliver, missed: () => void): Promise<() => Promise<void>> {
    const key = {};
    this.listeners.set(key, { listener, missed });
    await later();
    this.connect();
    return async () => {
      this.listeners.delete(key);
      await later();
      if (this.listeners.size === 0) this.disconnect();
    };
  }

  async isAlive(instanceId: string) {
    await later();
    return (this.hub.leases.get(instanceId) ?? 0) > Date.now();
  }

  crash() {
    this.#crashed = true;
    this.hub.connections.delete(this.instanceId);
    clearInterval(this.#renewing);
  }

  async interrupt() {
    this.hub.connections.delete(this.instanceId);
    for (let turn = 0; turn < 10; turn++) await later();
    this.connect();
    for (const { missed } of this.listeners.values()) missed();
  }

  connect() {
    if (this.#crashed) return;
    this.hub.connections.set(this.instanceId, (message) => this.hear(message));
    this.renew();
    clearInterval(this.#renewing);
    this.#renewing = setInterval(() => this.renew(), this.deadAfterMs / 4);
  }

  disconnect() {
    this.hub.connections.delete(this.instanceId);
    this.hub.leases.delete(this.instanceId);
    clearInterval(this.#renewing);
  }

  renew() {
    this.hub.leases.set(this.instanceId, Date.now() + this.deadAfterMs);
  }

  hear(message: BusMessage) {
    for (const { listener } of this.listeners.values()) listener(message);
  }
}

type MakeBus = (hub: Hub, settings?: ContractSettings) => EventBusUnderTest;

function over(make: MakeBus) {
  return (count: number, settings?: ContractSettings) => {
    const hub = new Hub();
    return Array.from({ length: count }, () => make(hub, settings));
  };
}

test("buses whose messages take their time, each over its own connection, keep the contract", async () => {
  const report = await runContract(eventBusContract, {
    makeInstances: over((hub, settings) => new RemoteBus(hub, settings)),
    abilities: ["deadAfterMs"],
  });
  expect(report.failed).toEqual([]);
  expect(report.skipped).toEqual([]);
  expect(report.passed).toHaveLength(15);
});

type BusMutant = readonly [fault: string, make: MakeBus, caughtBy: string];

const mutants: BusMutant[] = [
  [
    "counts its instances",
    (hub) =>
      new (class extends RemoteBus {
        override instanceId = `instance-${hub.leases.set(crypto.randomUUID(), 0).size}`.padEnd(20, "-");
      })(hub),
    "every instance has an id of its own that cannot be guessed",
  ],
  [
    "does not tell itself",
    (hub) =>
      new (class extends RemoteBus {
        override async publish(message: BusMessage) {
          await super.publish({ ...message, from: this.instanceId });
        }
        override hear({ from, ...message }: BusMessage) {
          if (from !== this.instanceId) super.hear(message);
        }
      })(hub),
    "a message reaches every instance that listens, the one that published it too",
  ],
  [
    "sends messages in Latin-1",
    (hub) =>
      new (class extends RemoteBus {
        override async publish(message: BusMessage) {
          await super.publish(inLatin1(message) as BusMessage);
        }
      })(hub),
    "a message comes back as it went in",
  ],
  [
    "drops a message that is not short",
    (hub) =>
      new (class extends RemoteBus {
        override async publish(message: BusMessage) {
          if (JSON.stringify(message).length < 1000) await super.publish(message);
        }
      })(hub),
    "a message comes back as it went in",
  ],
  [
    "lets every fourth message be overtaken",
    (hub) =>
      new (class extends RemoteBus {
        #count = 0;
        override hear(message: BusMessage) {
          if (++this.#count % 4 === 0) void later().then(() => later().then(() => super.hear(message)));
          else super.hear(message);
        }
        override async publish(message: BusMessage) {
          void super.publish(message);
        }
      })(hub),
    "messages that an instance publishes one after the other arrive once, in that order",
  ],
  [
    "sends one message at a time, and drops those that come meanwhile",
    (hub) =>
      new (class extends RemoteBus {
        #busy = false;
        override async publish(message: BusMessage) {
          if (this.#busy) return;
          this.#busy = true;
          await super.publish(message);
          this.#busy = false;
        }
      })(hub),
    "messages that are published at once are each heard once",
  ],
  [
    "tells a message again",
    (hub) =>
      new (class extends RemoteBus {
        override hear(message: BusMessage) {
          super.hear(message);
          void later().then(() => super.hear(message));
        }
      })(hub),
    "messages that are published at once are each heard once",
  ],
  [
    "tells one listener of an instance",
    (hub) =>
      new (class extends RemoteBus {
        override hear(message: BusMessage) {
          for (const { listener } of [...this.listeners.values()].slice(0, 1)) listener(message);
        }
      })(hub),
    "each listener of an instance hears each message once",
  ],
  [
    "has a connection for each listener, and tells each of them all",
    (hub) =>
      new (class extends RemoteBus {
        override hear(message: BusMessage) {
          for (const _ of this.listeners) super.hear(message);
        }
      })(hub),
    "each listener of an instance hears each message once",
  ],
  [
    "tells those who have ended their subscription",
    (hub) =>
      new (class extends RemoteBus {
        override async subscribe(listener: Deliver, missed: () => void) {
          await super.subscribe(listener, missed);
          return async () => {};
        }
      })(hub),
    "who has ended its subscription hears nothing more, and others go on",
  ],
  [
    "ends all subscriptions with one",
    (hub) =>
      new (class extends RemoteBus {
        override async subscribe(listener: Deliver, missed: () => void) {
          const stop = await super.subscribe(listener, missed);
          return async () => {
            this.listeners.clear();
            await stop();
          };
        }
      })(hub),
    "who has ended its subscription hears nothing more, and others go on",
  ],
  [
    "connects once",
    (hub) =>
      new (class extends RemoteBus {
        #connected = false;
        override connect() {
          if (!this.#connected) super.connect();
          this.#connected = true;
        }
      })(hub),
    "an instance that has ended its subscriptions may begin again",
  ],
  [
    "loses count of subscriptions that begin at once, and disconnects early",
    (hub) =>
      new (class extends RemoteBus {
        #count = 0;
        override async subscribe(listener: Deliver, missed: () => void) {
          const before = this.#count;
          const stop = await super.subscribe(listener, missed);
          this.#count = before + 1;
          return async () => {
            await stop();
            this.#count--;
            if (this.#count === 0) this.disconnect();
          };
        }
      })(hub),
    "subscriptions that begin and end at once leave the others as they are",
  ],
  [
    "knows only of itself that it lives",
    (hub) =>
      new (class extends RemoteBus {
        override async isAlive(instanceId: string) {
          return instanceId === this.instanceId;
        }
      })(hub),
    "every instance knows of itself and of the others that they live",
  ],
  [
    "keeps the living in a plain object",
    (hub) =>
      new (class extends RemoteBus {
        override async isAlive(instanceId: string) {
          return Boolean(Reflect.get({}, instanceId)) || super.isAlive(instanceId);
        }
      })(hub),
    "an id that no instance has is not alive",
  ],
  [
    "does not renew its lease",
    (hub, settings) =>
      new (class extends RemoteBus {
        override renew() {
          if (!this.hub.leases.has(this.instanceId)) super.renew();
        }
      })(hub, settings),
    "an instance that listens lives, however long nobody says anything",
  ],
  [
    "keeps the lease of who has stopped",
    (hub, settings) =>
      new (class extends RemoteBus {
        override disconnect() {}
      })(hub, settings),
    "an instance counts as dead in time after its last subscription has ended, and not before",
  ],
  [
    "gives up its lease with the first of its subscriptions that ends",
    (hub, settings) =>
      new (class extends RemoteBus {
        override async subscribe(listener: Deliver, missed: () => void) {
          const stop = await super.subscribe(listener, missed);
          return async () => {
            await stop();
            this.disconnect();
          };
        }
      })(hub, settings),
    "an instance counts as dead in time after its last subscription has ended, and not before",
  ],
  [
    "takes a lease for ten times as long as it says",
    (hub, settings) =>
      new (class extends RemoteBus {
        override renew() {
          this.hub.leases.set(this.instanceId, Date.now() + 10 * this.deadAfterMs);
        }
      })(hub, settings),
    "an instance that dies without a word counts as dead in time, and others go on",
  ],
  [
    "says nothing of a gap",
    (hub) =>
      new (class extends RemoteBus {
        override async interrupt() {
          for (const each of this.listeners.values()) each.missed = () => {};
          await super.interrupt();
        }
      })(hub),
    "an instance whose connection was cut is told that it missed something, and hears again",
  ],
  [
    "tells one listener of a gap",
    (hub) =>
      new (class extends RemoteBus {
        override async interrupt() {
          for (const each of [...this.listeners.values()].slice(1)) each.missed = () => {};
          await super.interrupt();
        }
      })(hub),
    "an instance whose connection was cut is told that it missed something, and hears again",
  ],
  [
    "hears nothing after a gap",
    (hub) =>
      new (class extends RemoteBus {
        override async interrupt() {
          await super.interrupt();
          this.hub.connections.delete(this.instanceId);
        }
      })(hub),
    "an instance whose connection was cut is told that it missed something, and hears again",
  ],
];

describe("a broken bus is caught that", () => {
  test.concurrent.each(mutants)("%s", async (_, make, caughtBy) => {
    const needsTime = eventBusContract
      .find(({ name }) => name === caughtBy)
      ?.requires?.includes("deadAfterMs");
    const timeoutMs = needsTime ? 3_000 : 500;
    expect(await failuresOf(eventBusContract, caughtBy, over(make), timeoutMs)).toEqual([caughtBy]);
  });

  test.each(eventBusContract.map(({ name }) => name))("breaks the promise that %s", (name) => {
    expect(mutants.map(([, , caughtBy]) => caughtBy)).toContain(name);
  });
});
