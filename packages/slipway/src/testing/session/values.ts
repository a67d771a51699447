import { assert, assertEqual, assertString, atOnce, settle } from "../assert.ts";
import { awkwardMessage, bigMessage, HOSTILE_IDS } from "../hostile.ts";
import { increment } from "../increment.ts";
import {
  lookAlikes,
  type Offering,
  openSession,
  openSessionAs,
  reopened,
  type SessionCase,
  twoWith,
} from "./helpers.ts";

const METHODS = ["readValue", "writeValue"] as const;

type Adapter = Offering<(typeof METHODS)[number]>;

/** What a session adapter promises about the values that handlers keep in a session. */
export const valueCases: readonly SessionCase[] = [
  {
    name: "a value that one instance writes is read by every instance, and no other key has it",
    requires: METHODS,
    async run(makeInstances) {
      const [a, b] = await twoWith(makeInstances, ...METHODS);
      const id = await openSession(a);
      for (const instance of [a, b])
        assertEqual(await instance.readValue(id, "key"), undefined, "an unknown value");
      assertEqual(await a.writeValue(id, "key", { count: 1 }, 0), true, "writeValue() of a new value");
      for (const instance of [b, a]) {
        assertEqual((await instance.readValue(id, "key"))?.value, { count: 1 }, "the value");
        assertEqual(await instance.readValue(id, "other"), undefined, "the value of another key");
      }
    },
  },
  {
    name: "a value comes back as it went in",
    requires: METHODS,
    async run(makeInstances) {
      const [a, b] = await twoWith(makeInstances, ...METHODS);
      const id = await openSession(a);
      const values = [
        awkwardMessage(),
        {},
        [],
        "",
        "text",
        0,
        -1.5,
        true,
        false,
        null,
        bigMessage(64 * 1024),
      ];
      for (const [index, value] of values.entries()) {
        assertEqual(await a.writeValue(id, `key-${index}`, value, 0), true, "writeValue()");
        assertEqual((await b.readValue(id, `key-${index}`))?.value, value, `value ${index}`);
      }
    },
  },
  {
    name: "what a caller does to a value that it wrote or read does not change the value that is kept",
    requires: METHODS,
    async run(makeInstances) {
      const [a, b] = await twoWith(makeInstances, ...METHODS);
      const id = await openSession(a);
      const written = { list: [1] };
      await a.writeValue(id, "key", written, 0);
      written.list.push(2);
      const read = (await b.readValue(id, "key"))?.value as typeof written;
      assertEqual(read, { list: [1] }, "the value");
      read.list.push(3);
      assertEqual((await b.readValue(id, "key"))?.value, { list: [1] }, "the value");
    },
  },
  {
    name: "a value is replaced only by a writer that knows its version, and its version grows",
    requires: METHODS,
    async run(makeInstances) {
      const [a, b] = await twoWith(makeInstances, ...METHODS);
      const id = await openSession(a);
      assertEqual(await a.writeValue(id, "key", "never", 1), false, "writeValue() of version 1 of no value");
      let last = 0;
      for (let round = 0; round < 5; round++) {
        const instance = round % 2 === 0 ? a : b;
        assertEqual(await instance.writeValue(id, "key", round, last), true, "writeValue()");
        last = await assertNewer(b, id, "key", last);
        const wrong = [0, last - 1, last + 1, last + 1000].filter((version) => version !== last);
        for (const version of wrong)
          assertEqual(await instance.writeValue(id, "key", "wrong", version), false, "writeValue()");
        assertEqual(await a.readValue(id, "key"), { value: round, version: last }, "the value");
      }
    },
  },
  {
    name: "of many that write a value with one version exactly one succeeds",
    requires: METHODS,
    async run(makeInstances) {
      const [a, b] = await twoWith(makeInstances, ...METHODS);
      const id = await openSession(a);
      let version = 0;
      for (let round = 0; round < 5; round++) {
        const written = await atOnce(20, (index) =>
          (index % 2 === 0 ? a : b).writeValue(id, "key", `${round} by ${index}`, version),
        );
        const winners = [...written.keys()].filter((index) => written[index]);
        assertEqual(winners.length, 1, "how many of twenty writes succeeded");
        const now = await b.readValue(id, "key");
        assertEqual(now?.value, `${round} by ${winners[0]}`, "the value");
        version = now?.version ?? 0;
      }
    },
  },
  {
    name: "a value that many read and write back loses no change",
    requires: METHODS,
    async run(makeInstances) {
      const [a, b] = await twoWith(makeInstances, ...METHODS);
      const id = await openSession(a);
      await a.writeValue(id, "key", 0, 0);
      await atOnce(6, async (index) => {
        const instance = index % 2 === 0 ? a : b;
        for (let round = 0; round < 5; round++)
          await increment(
            () => instance.readValue(id, "key"),
            (value, version) => instance.writeValue(id, "key", value, version),
          );
      });
      assertEqual((await b.readValue(id, "key"))?.value, 30, "the value after thirty increments");
    },
  },
  {
    name: "a deleted value is gone, and one that follows it has a greater version",
    requires: METHODS,
    async run(makeInstances) {
      const [a, b] = await twoWith(makeInstances, ...METHODS);
      const id = await openSession(a);
      let last = 0;
      for (let round = 0; round < 3; round++) {
        await a.writeValue(id, "key", "first", 0);
        await b.writeValue(id, "key", "second", await assertNewer(b, id, "key", last));
        last = await assertNewer(a, id, "key", last);
        assertEqual(
          await b.writeValue(id, "key", undefined, last + 1),
          false,
          "a deletion of another version",
        );
        assertEqual(await b.writeValue(id, "key", undefined, last), true, "a deletion");
        for (const instance of [a, b])
          assertEqual(await instance.readValue(id, "key"), undefined, "a deleted value");
        assertEqual(await a.writeValue(id, "key", "late", last), false, "a write of a deleted version");
        assertEqual(await a.writeValue(id, "key", undefined, 0), true, "a deletion of what does not exist");
      }
    },
  },
  {
    name: "keys that look alike have values of their own",
    requires: METHODS,
    async run(makeInstances) {
      const [a, b] = await twoWith(makeInstances, ...METHODS);
      const id = await openSession(a);
      const keys = [...HOSTILE_IDS, "", " ", "a ", "\n", "ä", "a\u0308", "船 🚢"];
      for (const key of keys)
        assertEqual(
          await b.readValue(id, key),
          undefined,
          `the value of ${JSON.stringify(key.slice(0, 50))}`,
        );
      for (const key of keys) assertEqual(await a.writeValue(id, key, { key }, 0), true, "writeValue()");
      for (const key of keys) {
        const found = await b.readValue(id, key);
        assertEqual(found?.value, { key }, `the value of ${JSON.stringify(key.slice(0, 50))}`);
        assertEqual(await b.writeValue(id, key, undefined, found?.version ?? 0), true, "a deletion");
      }
    },
  },
  {
    name: "a value belongs to one session",
    requires: METHODS,
    async run(makeInstances) {
      const [a, b] = await twoWith(makeInstances, ...METHODS);
      for (const pairs of lookAlikes(`s${a.generateSessionId()}`)) {
        for (const [id] of pairs) await openSessionAs(a, id);
        for (const [id, key] of pairs) assertEqual(await a.writeValue(id, key, id, 0), true, "writeValue()");
        const [[longId, y], [shortId, xy]] = pairs;
        assertEqual((await b.readValue(longId, y))?.value, longId, "the value of the long id");
        assertEqual((await b.readValue(shortId, xy))?.value, shortId, "the value of the short id");
        for (const [id, key] of [
          [longId, xy],
          [shortId, y],
        ] as const)
          assertEqual(await b.readValue(id, key), undefined, "the value of the other session's key");
        await b.delete(shortId);
        assertEqual((await a.readValue(longId, y))?.value, longId, "the value after the other session's end");
        await b.delete(longId);
      }
    },
  },
  {
    name: "values end with their session, and a write does not bring it back",
    requires: METHODS,
    async run(makeInstances) {
      const [a, b] = await twoWith(makeInstances, ...METHODS);
      const id = a.generateSessionId();
      assertEqual(await a.writeValue(id, "key", 1, 0), false, "a write to a session that does not exist");
      assertEqual(await a.readValue(id, "key"), undefined, "a value of a session that does not exist");
      await openSessionAs(a, id);
      await a.writeValue(id, "key", 1, 0);
      const version = (await a.readValue(id, "key"))?.version ?? 0;
      await b.delete(id);
      assertEqual(await a.readValue(id, "key"), undefined, "a value of a deleted session");
      for (const each of [0, version])
        assertEqual(await a.writeValue(id, "key", 2, each), false, "a write to a deleted session");
      assertEqual([await a.has(id), await b.has(id)], [false, false], "has() on both instances");
      if (!(await reopened(a, id))) return;
      assertEqual(await b.readValue(id, "key"), undefined, "a value of a session that was created again");
    },
  },
  {
    name: "values that are written while their session is deleted leave nothing behind",
    requires: METHODS,
    async run(makeInstances) {
      const [a, b] = await twoWith(makeInstances, ...METHODS);
      const id = await openSession(a);
      await atOnce(30, async (index) => {
        if (index === 15) await b.delete(id);
        else await settle(() => (index % 2 === 0 ? a : b).writeValue(id, `key-${index}`, "old", 0));
      });
      assertEqual([await a.has(id), await b.has(id)], [false, false], "has() on both instances");
      if (!(await reopened(a, id))) return;
      const found = await atOnce(30, (index) => b.readValue(id, `key-${index}`));
      assertEqual(
        found.filter((value) => value !== undefined),
        [],
        "the values of a session that was created again",
      );
    },
  },
];

/** The value's version, which is a greater integer than the one before. */
async function assertNewer(adapter: Adapter, id: string, key: string, before: number): Promise<number> {
  const found = await adapter.readValue(id, key);
  assertString(found?.value === undefined ? undefined : typeof found.value, "the type of the value");
  const version = found?.version ?? 0;
  assert(
    Number.isSafeInteger(version) && version > before,
    `a version is an integer that is greater than ${before}, got ${version}`,
  );
  return version;
}
