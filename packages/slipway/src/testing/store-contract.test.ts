import { describe, expect, test } from "vitest";
import { failuresOf, later, remote } from "../../test/mutants.ts";
import type { Store } from "../ports/index.ts";
import { memoryStore } from "../stores/memory/index.ts";
import { type ContractSettings, runContract, storeContract } from "./index.ts";

test("optional methods are looked for in the store's ports", async () => {
  const { sessions, ...others } = memoryStore();
  const seven = {
    generateSessionId: sessions.generateSessionId.bind(sessions),
    create: sessions.create.bind(sessions),
    has: sessions.has.bind(sessions),
    get: sessions.get.bind(sessions),
    appendEvent: sessions.appendEvent.bind(sessions),
    replay: sessions.replay.bind(sessions),
    delete: sessions.delete.bind(sessions),
  };
  const cases = storeContract.filter(({ name }) => name.startsWith("sessions:"));
  const report = await runContract(cases, {
    makeInstances: (count) => Array(count).fill({ ...others, sessions: seven }),
  });
  expect(report.failed).toEqual([]);
  expect(report.passed).toHaveLength(35);
  expect(report.skipped).toHaveLength(61);
});

type MakeStores = (count: number, settings?: ContractSettings) => Store[];

function stores(alter: (store: Store, index: number, all: readonly Store[]) => Store): MakeStores {
  return (count, { deadAfterMs } = {}) => {
    const first = memoryStore({ deadAfterMs });
    const all = Array.from({ length: count }, () => first.instance());
    return all.map((store, index) => alter(store, index, all));
  };
}

type StoreMutant = readonly [fault: string, make: MakeStores, caughtBy: string];

const mutants: StoreMutant[] = [
  [
    "is ready once",
    stores((store) => {
      let asked = 0;
      return {
        ...store,
        ready: async () => {
          if (asked++ > 0) throw new Error("migrated already");
        },
      };
    }),
    "store: every instance is ready, as often as it is asked",
  ],
  [
    "answers one ping",
    stores((store) => {
      let asked = 0;
      return {
        ...store,
        ping: async () => {
          if (asked++ > 0) throw new Error("pinged already");
        },
      };
    }),
    "store: every instance answers pings, also many at once",
  ],
  [
    "writes behind",
    stores((store) => {
      const { sessions } = store;
      const append = sessions.appendEvent.bind(sessions);
      let count = 0;
      const behind = Object.create(sessions, {
        appendEvent: {
          value: async (id: string, streamId: string, message: unknown) => {
            if (count++ === 0) return append(id, streamId, message);
            void later()
              .then(later)
              .then(() => append(id, streamId, message));
            return "some id";
          },
        },
        create: { value: sessions.create.bind(sessions) },
        replay: { value: sessions.replay.bind(sessions) },
        generateSessionId: { value: sessions.generateSessionId.bind(sessions) },
      });
      return { ...store, sessions: behind };
    }),
    "store: what was written before a message was published is there for whoever hears it",
  ],
  [
    "closes all instances with one",
    stores((store, _, all) => ({
      ...store,
      close: async () => {
        for (const each of all) await each.close();
      },
    })),
    "store: an instance that closes counts as dead in time, and the others go on",
  ],
  [
    "goes on listening when it is closed",
    stores((store) => ({ ...store, close: async () => {} })),
    "store: an instance that closes counts as dead in time, and the others go on",
  ],
  [
    "takes its sessions with it when it closes",
    stores((store) => {
      const ids: string[] = [];
      const create = store.sessions.create.bind(store.sessions);
      const sessions = Object.assign(store.sessions, {
        create: (id: string, meta: Parameters<typeof create>[1]) => {
          ids.push(id);
          return create(id, meta);
        },
      });
      return {
        ...store,
        sessions,
        close: async () => {
          for (const id of ids) await store.sessions.delete(id);
          await store.close();
        },
      };
    }),
    "store: an instance that closes counts as dead in time, and the others go on",
  ],
  [
    "rejects a second close",
    stores((store) => {
      let closed = false;
      return {
        ...store,
        close: async () => {
          if (closed) throw new Error("closed already");
          closed = true;
          await store.close();
        },
      };
    }),
    "store: an instance that closes counts as dead in time, and the others go on",
  ],
];

describe("a broken store is caught that", () => {
  test.concurrent.each(mutants)("%s", async (_, make, caughtBy) => {
    expect(await failuresOf(storeContract, caughtBy, make, 2_000)).toEqual([caughtBy]);
  });

  const own = storeContract.map(({ name }) => name).filter((name) => name.startsWith("store:"));
  test.each(own)("breaks the promise that %s", (name) => {
    expect(mutants.map(([, , caughtBy]) => caughtBy)).toContain(name);
  });
});

test("a store whose answers come later keeps the contract", async () => {
  const report = await runContract(storeContract, {
    abilities: ["idleTimeoutMs", "maxSessions", "maxEventBufferSize", "deadAfterMs"],
    makeInstances: (count, { deadAfterMs, ...sessions } = {}) => {
      const first = memoryStore({ sessions, deadAfterMs });
      return Array.from({ length: count }, () => {
        const store = first.instance();
        return {
          ...store,
          sessions: remote(store.sessions),
          tasks: remote(store.tasks),
          handles: remote(store.handles),
          journals: remote(store.journals),
        };
      });
    },
  });
  expect(report.failed).toEqual([]);
  expect(report.skipped.map(({ reason }) => reason)).toEqual([
    "the adapter does not offer crash",
    "the adapter does not offer interrupt",
  ]);
  expect(report.passed).toHaveLength(188);
}, 60_000);
