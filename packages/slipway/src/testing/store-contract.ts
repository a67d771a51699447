import type { Store } from "../ports/index.ts";
import { assert, assertEqual, assertString, eventually } from "./assert.ts";
import { clientRequestContract } from "./client-request-contract.ts";
import type { ContractCase } from "./contract.ts";
import { eventBusContract } from "./event-bus-contract.ts";
import { handleContract } from "./handle-contract.ts";
import { two } from "./instances.ts";
import { journalContract } from "./journal-contract.ts";
import { sessionContract } from "./session/index.ts";
import { taskContract } from "./task/index.ts";

type Port = "sessions" | "clientRequests" | "bus" | "tasks" | "handles" | "journals";

const storeCases: readonly ContractCase<Store>[] = [
  {
    name: "store: every instance is ready, as often as it is asked",
    async run(makeInstances) {
      const stores = await two(makeInstances);
      for (const store of [...stores, ...stores]) await store.ready();
      await Promise.all([...stores, ...stores].map((store) => store.ready()));
    },
  },
  {
    name: "store: every instance answers pings, also many at once",
    requires: ["ping"],
    async run(makeInstances) {
      const stores = await two(makeInstances);
      const ping = (store: Store) => store.ping?.();
      for (const store of [...stores, ...stores]) await ping(store);
      await Promise.all([...stores, ...stores].map(ping));
    },
  },
  {
    name: "store: what was written before a message was published is there for whoever hears it",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const session = a.sessions.generateSessionId();
      await a.sessions.create(session, { protocolVersion: "contract-test" });
      const first = await a.sessions.appendEvent(session, "stream", "first");
      assertString(first, "the id of an appended event");
      const found: number[] = [];
      const look = async () => {
        let count = 0;
        await b.sessions.replay(session, first, () => void count++);
        found.push(count);
      };
      const stop = await b.bus.subscribe(
        (message) => void (message.session === session && look()),
        () => {},
      );
      try {
        for (let index = 1; index <= 20; index++) {
          await a.sessions.appendEvent(session, "stream", index);
          await a.bus.publish({ session });
          await eventually(() => found.length >= index, "the message is heard");
          assertEqual(found.at(-1), index, "the number of events that are there when the message is heard");
        }
      } finally {
        await stop();
      }
    },
  },
  {
    name: "store: an instance that closes counts as dead in time, and the others go on",
    requires: ["deadAfterMs"],
    async run(makeInstances) {
      const deadAfterMs = 600;
      const [a, b] = await two(makeInstances, { deadAfterMs });
      await a.ready();
      await b.ready();
      const session = b.sessions.generateSessionId();
      await b.sessions.create(session, { protocolVersion: "contract-test" });
      const task = crypto.randomUUID();
      await b.tasks.create(task, { principal: "", call: {}, ttlMs: 60_000 }, b.bus.instanceId);
      let heard = 0;
      const stop = await a.bus.subscribe(
        () => void heard++,
        () => {},
      );
      await b.bus.subscribe(
        () => {},
        () => {},
      );
      assertEqual(await a.bus.isAlive(b.bus.instanceId), true, "isAlive() of an instance that listens");
      await b.close();
      await b.close();
      const start = Date.now();
      await eventually(
        async () => !(await a.bus.isAlive(b.bus.instanceId)),
        "the closed instance counts as dead",
      );
      const took = Date.now() - start;
      assert(
        took <= 2 * deadAfterMs,
        `an instance counts as dead after ${deadAfterMs} ms, it took ${took} ms`,
      );
      assertEqual(await a.bus.isAlive(a.bus.instanceId), true, "isAlive() of the other instance");
      assertEqual(await a.sessions.has(session), true, "has() of a session that the closed instance opened");
      const claimed = await a.tasks.claim(task, b.bus.instanceId, a.bus.instanceId);
      assertEqual(claimed?.owner, a.bus.instanceId, "the owner of the closed instance's task");
      await a.bus.publish({ text: "ding" });
      await eventually(() => heard > 0, "the other instance hears");
      await stop();
    },
  },
];

/** All that a `Store` promises: the contracts of its ports, and that they belong together. */
export const storeContract: readonly ContractCase<Store>[] = [
  ...storeCases,
  ...ofPort("sessions", sessionContract),
  ...ofPort("clientRequests", clientRequestContract),
  ...ofPort("bus", eventBusContract),
  ...ofPort("tasks", taskContract),
  ...ofPort("handles", handleContract),
  ...ofPort("journals", journalContract),
];

/** The cases of one port, run on that member of the stores. */
function ofPort<P extends Port>(port: P, cases: readonly ContractCase<Store[P]>[]): ContractCase<Store>[] {
  return cases.map(({ name, requires, run }) => ({
    name: `${port}: ${name}`,
    requires,
    port,
    run: (makeInstances) =>
      run(async (count, settings) => {
        const stores = await makeInstances(count, settings);
        return stores.map((store) => store[port]);
      }),
  }));
}
