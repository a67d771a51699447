import type { HandleAdapter } from "../ports/index.ts";
import { assert, assertEqual, atOnce, pause, settle } from "./assert.ts";
import type { ContractCase } from "./contract.ts";
import { awkwardMessage, bigMessage, HOSTILE_IDS } from "./hostile.ts";
import { increment } from "./increment.ts";
import { two } from "./instances.ts";
import { atSomePace, keepDoing } from "./pace.ts";

const MINUTE = 60_000;

/** What a `HandleAdapter` promises. Times are real; the longest that must pass is a second. */
export const handleContract: readonly ContractCase<HandleAdapter>[] = [
  {
    name: "a value that one instance keeps is read by every instance, as often as it is asked for",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const id = await kept(a, { count: 1 });
      const version = (await a.read(id, MINUTE))?.version ?? 0;
      assert(
        Number.isSafeInteger(version) && version >= 1,
        `a version is an integer of at least 1, got ${version}`,
      );
      for (const instance of [b, a, b])
        assertEqual(await instance.read(id, MINUTE), { value: { count: 1 }, version }, "the value");
    },
  },
  {
    name: "a value comes back as it went in",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
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
        bigMessage(256 * 1024),
      ];
      const id = await kept(a, "before");
      let version = (await a.read(id, MINUTE))?.version ?? 0;
      for (const [index, value] of values.entries()) {
        assertEqual(
          (await b.read(await kept(a, value), MINUTE))?.value,
          value,
          `value ${index}, when it was created`,
        );
        assertEqual(await b.write(id, value, version, MINUTE), true, "write()");
        const found = await a.read(id, MINUTE);
        assertEqual(found?.value, value, `value ${index}, when it was written`);
        version = found?.version ?? 0;
      }
    },
  },
  {
    name: "what a caller does to a value that it kept or read does not change the value that is kept",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const value = { list: [1] };
      const id = await kept(a, value);
      value.list.push(2);
      const read = (await b.read(id, MINUTE))?.value as typeof value;
      assertEqual(read, { list: [1] }, "the value");
      read.list.push(3);
      assertEqual((await a.read(id, MINUTE))?.value, { list: [1] }, "the value");
    },
  },
  {
    name: "an unknown id has no value, and cannot be written",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const id = await kept(a, 1);
      const unknown = [
        "",
        " ",
        "\n",
        "船",
        id.slice(0, -1),
        `${id}x`,
        ` ${id}`,
        id.toUpperCase(),
        ...HOSTILE_IDS,
      ];
      for (const each of unknown) {
        const what = JSON.stringify(each.slice(0, 50));
        assertEqual(await b.read(each, MINUTE), undefined, `read(${what})`);
        for (const version of [0, 1])
          assertEqual(await b.write(each, 2, version, MINUTE), false, `write(${what}) of version ${version}`);
        assertEqual(await b.read(each, MINUTE), undefined, `read(${what}) after a write`);
        await a.delete(each);
      }
      assertEqual((await b.read(id, MINUTE))?.value, 1, "the value of the known id");
    },
  },
  {
    name: "an id that is in use is refused, and keeps its value",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const id = await kept(a, "first");
      const before = await a.read(id, MINUTE);
      for (const instance of [b, a])
        assertEqual(
          (await settle(() => instance.create(id, "second", MINUTE))).status,
          "rejected",
          "create()",
        );
      assertEqual(await b.read(id, MINUTE), before, "the value");
    },
  },
  {
    name: "of many that create one id at once exactly one succeeds",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      for (let round = 0; round < 5; round++) {
        const id = crypto.randomUUID();
        const created = await atOnce(20, (index) =>
          settle(async () => (index % 2 === 0 ? a : b).create(id, index, MINUTE)),
        );
        const winners = [...created.keys()].filter((index) => created[index]?.status === "fulfilled");
        assertEqual(winners.length, 1, "how many of twenty creates succeeded");
        assertEqual((await b.read(id, MINUTE))?.value, winners[0], "the value");
      }
    },
  },
  {
    name: "a value is replaced only by a writer that knows its version, and its version grows",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const id = await kept(a, "first");
      let last = (await b.read(id, MINUTE))?.version ?? 0;
      for (let round = 0; round < 5; round++) {
        const instance = round % 2 === 0 ? a : b;
        for (const version of [0, last - 1, last + 1, last + 1000])
          assertEqual(
            await instance.write(id, "wrong", version, MINUTE),
            false,
            "write() of another version",
          );
        assertEqual(await instance.write(id, round, last, MINUTE), true, "write()");
        const found = await b.read(id, MINUTE);
        assertEqual(found?.value, round, "the value");
        assert(
          Number.isSafeInteger(found?.version) && (found?.version ?? 0) > last,
          `a version is an integer that is greater than ${last}, got ${found?.version}`,
        );
        last = found?.version ?? 0;
      }
    },
  },
  {
    name: "of many that write a value with one version exactly one succeeds",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const id = await kept(a, "first");
      for (let round = 0; round < 5; round++) {
        const { version = 0 } = (await a.read(id, MINUTE)) ?? {};
        const written = await atOnce(20, (index) =>
          (index % 2 === 0 ? a : b).write(id, `${round} by ${index}`, version, MINUTE),
        );
        const winners = [...written.keys()].filter((index) => written[index]);
        assertEqual(winners.length, 1, "how many of twenty writes succeeded");
        assertEqual((await b.read(id, MINUTE))?.value, `${round} by ${winners[0]}`, "the value");
      }
    },
  },
  {
    name: "a value that many read and write back loses no change",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const id = await kept(a, 0);
      await atOnce(6, async (index) => {
        const instance = index % 2 === 0 ? a : b;
        for (let round = 0; round < 5; round++)
          await increment(
            () => instance.read(id, MINUTE),
            (value, version) => instance.write(id, value, version, MINUTE),
          );
      });
      assertEqual((await b.read(id, MINUTE))?.value, 30, "the value after thirty increments");
    },
  },
  {
    name: "a deleted value is gone on every instance, and a write does not bring it back",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const id = await kept(a, 1);
      const other = await kept(a, 2);
      const version = (await a.read(id, MINUTE))?.version ?? 0;
      await b.delete(id);
      for (const instance of [a, b]) {
        assertEqual(await instance.read(id, MINUTE), undefined, "a deleted value");
        assertEqual(await instance.write(id, 3, version, MINUTE), false, "write() of a deleted value");
        assertEqual(await instance.read(id, MINUTE), undefined, "a deleted value after a write");
        assertEqual((await instance.read(other, MINUTE))?.value, 2, "another value");
        await instance.delete(id);
      }
    },
  },
  {
    name: "a value that is written and read while it is deleted is gone",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      for (let round = 0; round < 5; round++) {
        const id = await kept(a, 0);
        await atOnce(30, async (index) => {
          const instance = index % 2 === 0 ? a : b;
          const now = await instance.read(id, MINUTE);
          if (index === 15) await instance.delete(id);
          else if (now !== undefined) await instance.write(id, index, now.version, MINUTE);
        });
        for (const instance of [a, b])
          assertEqual(await instance.read(id, MINUTE), undefined, "a deleted value");
      }
    },
  },
  {
    name: "ids that look alike have values of their own",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      for (const id of HOSTILE_IDS) {
        // A run before this one may have left it.
        await a.delete(id);
        await a.create(id, { id }, MINUTE);
      }
      for (const id of HOSTILE_IDS) {
        assertEqual((await b.read(id, MINUTE))?.value, { id }, `the value of ${id.slice(0, 50)}`);
        await b.delete(id);
        assertEqual(await a.read(id, MINUTE), undefined, `the value of ${id.slice(0, 50)} after its end`);
      }
    },
  },
  {
    name: "a value that is read or written lives on, one that is not used is gone",
    async run(makeInstances) {
      await atSomePace(async (ttlMs) => {
        const [a, b] = await two(makeInstances);
        const [read, written, unused] = [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()];
        const start = Date.now();
        for (const id of [read, written, unused]) await a.create(id, 0, ttlMs);
        const version = (await a.read(written, ttlMs))?.version ?? 0;
        const extended = await a.write(written, 0, version, MINUTE);
        if (Date.now() - start > ttlMs / 2) return false;
        assertEqual(extended, true, "write()");
        const longest = await keepDoing(ttlMs, async () => (await b.read(read, ttlMs)) !== undefined);
        if (longest > ttlMs / 2) return false;
        assertEqual((await b.read(read, ttlMs))?.value, 0, `a value that was used every ${longest} ms`);
        assertEqual((await b.read(written, ttlMs))?.value, 0, "a value that a write gave a minute");
        for (const instance of [a, b])
          assertEqual(await instance.read(unused, ttlMs), undefined, "a value after three times its life");
        return true;
      });
    },
  },
  {
    name: "each value lives for the time that its last use has given it",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const long = await kept(a, "long");
      const short = crypto.randomUUID();
      await a.create(short, "short", 50);
      const shortened = await kept(a, "shortened");
      const version = (await b.read(shortened, 50))?.version ?? 0;
      const rewritten = await kept(a, "rewritten");
      await b.write(rewritten, "short now", (await b.read(rewritten, MINUTE))?.version ?? 0, 50);
      for (const id of [short, shortened, rewritten]) await gone(b, id);
      assertEqual(
        await a.write(shortened, 1, version, MINUTE),
        false,
        "write() of a value whose time is over",
      );
      for (const instance of [a, b]) {
        for (const id of [short, shortened, rewritten])
          assertEqual(await instance.read(id, MINUTE), undefined, "a value whose time is over");
        assertEqual((await instance.read(long, MINUTE))?.value, "long", "a value that has a minute");
      }
      await b.create(short, "again", MINUTE);
      assertEqual(
        (await a.read(short, MINUTE))?.value,
        "again",
        "a value under the id of one whose time is over",
      );
    },
  },
  {
    name: "values that are created at once are all kept",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const ids = await atOnce(60, (index) => kept(index % 2 === 0 ? a : b, index));
      const found = await atOnce(
        60,
        async (index) => (await (index % 2 === 0 ? b : a).read(ids[index] ?? "", MINUTE))?.value,
      );
      assertEqual(
        found,
        ids.map((_, index) => index),
        "the values",
      );
    },
  },
];

/** Keeps a value for a minute. */
async function kept(adapter: HandleAdapter, value: unknown): Promise<string> {
  const id = crypto.randomUUID();
  await adapter.create(id, value, MINUTE);
  return id;
}

/** Waits for a value to be gone. Looking at it is a use, so each look gives it the time that passes before the next. */
async function gone(adapter: HandleAdapter, id: string): Promise<void> {
  for (let waitMs = 100; ; waitMs *= 2) {
    await pause(waitMs);
    if ((await adapter.read(id, 1)) === undefined) return;
    assert(waitMs < 1_000, "a value that lives for 50 ms is gone after three seconds");
  }
}
