import { assert, assertEqual, atOnce, settle } from "../assert.ts";
import { awkwardMessage, bigMessage, HOSTILE_IDS } from "../hostile.ts";
import { two } from "../instances.ts";
import {
  append,
  appendMany,
  lookAlikes,
  meta,
  numbered,
  openSession,
  openSessionAs,
  reopened,
  replayed,
  type SessionCase,
} from "./helpers.ts";

/** Events go into the log of their own stream, whole and in order, and into no other. */
export const eventCases: readonly SessionCase[] = [
  {
    name: "events are replayed in the order of their appends, under the ids that the appends gave",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const id = await openSession(a);
      const [first, ...rest] = await appendMany([a, b], id, "stream", 60);
      for (const instance of [a, b]) {
        assertEqual(await replayed(instance, id, first?.eventId ?? ""), rest, "the events after the first");
      }
    },
  },
  {
    name: "a replay begins right after the event that it is given",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const id = await openSession(a);
      const events = await appendMany([a], id, "stream", 25);
      for (const [index, { eventId }] of events.entries()) {
        assertEqual(
          await replayed(b, id, eventId),
          events.slice(index + 1),
          `the events after event ${index}`,
        );
      }
    },
  },
  {
    name: "an event id is unique in its session",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const id = await openSession(a);
      const ids = new Set<string>();
      for (const streamId of HOSTILE_IDS) {
        for (const { eventId } of await appendMany([a, b], id, streamId, 12)) ids.add(eventId);
      }
      assertEqual(ids.size, HOSTILE_IDS.length * 12, "the number of different event ids");
    },
  },
  {
    name: "an event id fits into a header",
    async run(makeInstances) {
      const [a] = await two(makeInstances);
      const id = await openSession(a);
      for (const streamId of HOSTILE_IDS) {
        const eventId = await append(a, id, streamId, 1);
        assert(
          /^[\x21-\x7e]+$/.test(eventId),
          `an event id is of 0x21 to 0x7E, got ${JSON.stringify(eventId)}`,
        );
      }
    },
  },
  {
    name: "events of another stream are never replayed",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const id = await openSession(a);
      const first = new Map<string, string>();
      for (const streamId of HOSTILE_IDS) first.set(streamId, await append(a, id, streamId, "first"));
      for (let round = 0; round < 3; round++) {
        for (const streamId of HOSTILE_IDS) await append(b, id, streamId, numbered(streamId, round));
      }
      for (const [streamId, eventId] of first) {
        assertEqual(
          (await replayed(b, id, eventId)).map(({ message }) => message),
          [0, 1, 2].map((round) => numbered(streamId, round)),
          `the events of ${streamId.slice(0, 50)}`,
        );
      }
    },
  },
  {
    name: "events of another session are never replayed",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const mine = await openSession(a);
      const theirs = await openSession(a);
      const ids: string[] = [];
      for (let index = 0; index < 4; index++) {
        ids.push(await append(a, mine, "stream", `mine ${index}`));
        ids.push(await append(b, theirs, "stream", `theirs ${index}`));
        ids.push(await append(b, theirs, "other", `theirs ${index}`));
      }
      // An id may be known in both sessions, but opens only the log of the one that is asked.
      for (const [id, owner] of [
        [mine, "mine"],
        [theirs, "theirs"],
      ] as const) {
        const written: string[] = [];
        for (const eventId of ids) {
          await settle(() => b.replay(id, eventId, (_, message) => void written.push(String(message))));
        }
        assert(written.length > 0, "a session's own events are replayed");
        assertEqual(
          written.filter((message) => !message.startsWith(owner)),
          [],
          "what was replayed of the other session",
        );
      }
      await a.delete(theirs);
      assertEqual(
        (await replayed(b, mine, ids[0] ?? "")).length,
        3,
        "the events left by the other session's end",
      );
    },
  },
  {
    name: "a session and a stream whose ids join to the same text have logs of their own",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      for (const [[longId, y], [shortId, xy]] of lookAlikes(`s${a.generateSessionId()}`)) {
        await openSessionAs(a, shortId);
        await openSessionAs(a, longId);
        const inShort = await append(a, shortId, xy, "first of the short id");
        const inLong = await append(a, longId, y, "first of the long id");
        await append(b, shortId, xy, "of the short id");
        await append(b, longId, y, "of the long id");
        const read = async (id: string, eventId: string) =>
          (await replayed(b, id, eventId)).map((e) => e.message);
        assertEqual(await read(shortId, inShort), ["of the short id"], `the log of ${shortId}`);
        assertEqual(await read(longId, inLong), ["of the long id"], `the log of ${longId}`);
        await a.delete(shortId);
        assertEqual(await read(longId, inLong), ["of the long id"], "the log after the other session's end");
        await a.delete(longId);
      }
    },
  },
  {
    name: "a message comes back as it went in",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const id = await openSession(a);
      const first = await append(a, id, "stream", "first");
      const messages = [awkwardMessage(), {}, [], "", "text", 0, -1.5, true, false, null, [awkwardMessage()]];
      for (const message of messages) await append(a, id, "stream", message);
      assertEqual(
        (await replayed(b, id, first)).map(({ message }) => message),
        messages,
        "the messages of the stream",
      );
    },
  },
  {
    name: "a message of a mebibyte comes back whole",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const id = await openSession(a);
      const big = bigMessage(1024 * 1024);
      const first = await append(a, id, "stream", "first");
      const second = await append(b, id, "stream", big);
      const third = await append(a, id, "stream", "last");
      assertEqual(
        await replayed(b, id, first),
        [
          { eventId: second, message: big },
          { eventId: third, message: "last" },
        ],
        "the messages of the stream",
      );
    },
  },
  {
    name: "an append to a session that does not exist keeps nothing",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const id = a.generateSessionId();
      await settle(() => a.appendEvent(id, "stream", "too early"));
      assertEqual(
        [await a.has(id), await b.has(id)],
        [false, false],
        "has() of a session that was only appended to",
      );
      await a.create(id, meta());
      const first = await append(a, id, "stream", "first");
      await append(b, id, "stream", "second");
      assertEqual((await replayed(b, id, first)).length, 1, "the number of events after the first");
      await b.delete(id);
      await settle(() => a.appendEvent(id, "stream", "too late"));
      assertEqual(
        [await a.has(id), await b.has(id)],
        [false, false],
        "has() of a session that was appended to late",
      );
    },
  },
  {
    name: "appends that do not wait for each other keep their order",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const id = await openSession(a);
      const first = await append(a, id, "stream", "first");
      const ids = await atOnce(100, (index) => append(a, id, "stream", index));
      assertEqual(
        await replayed(b, id, first),
        ids.map((eventId, message) => ({ eventId, message })),
        "the events of appends that were begun one after the other",
      );
    },
  },
  {
    name: "appends by many at once are each kept once, every instance's own in order",
    async run(makeInstances) {
      const instances = await makeInstances(4);
      const [a] = instances;
      assert(a !== undefined && instances.length === 4, "makeInstances(4) gives four instances");
      const id = await openSession(a);
      const first = await append(a, id, "stream", "first");
      const chains = await Promise.all(
        instances.map(async (instance, by) => {
          const chain: { eventId: string; message: unknown }[] = [];
          for (let index = 0; index < 40; index++) {
            const message = { by, index };
            chain.push({ eventId: await append(instance, id, "stream", message), message });
          }
          return chain;
        }),
      );
      const log = await replayed(a, id, first);
      assertEqual(new Set(log.map(({ eventId }) => eventId)).size, 160, "the number of different event ids");
      assertEqual(log.length, 160, "the number of events");
      for (const [by, chain] of chains.entries()) {
        const own = log.filter(({ message }) => (message as { by: number }).by === by);
        assertEqual(own, chain, `the events of instance ${by}`);
      }
      // The order that one replay shows is the order of the ids for all.
      for (const index of [0, 1, 42, 100, 158, 159]) {
        const after = await replayed(instances[index % 4] ?? a, id, log[index]?.eventId ?? "");
        assertEqual(after, log.slice(index + 1), `the events after event ${index} of the log`);
      }
    },
  },
  {
    name: "appends to many streams at once stay apart",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const id = await openSession(a);
      const streams = Array.from({ length: 10 }, (_, index) => `stream-${index}`);
      const firsts = await Promise.all(streams.map((streamId) => append(a, id, streamId, "first")));
      await atOnce(200, (index) => {
        const streamId = streams[index % 10] ?? "";
        return append(a, id, streamId, numbered(streamId, index));
      });
      for (const [place, streamId] of streams.entries()) {
        assertEqual(
          (await replayed(b, id, firsts[place] ?? "")).map(({ message }) => message),
          Array.from({ length: 20 }, (_, round) => numbered(streamId, round * 10 + place)),
          `the events of ${streamId}`,
        );
      }
    },
  },
  {
    name: "appends while the session is deleted leave nothing behind",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const id = await openSession(a);
      const first = await append(a, id, "stream", "old");
      await atOnce(40, async (index) => {
        if (index === 20) await b.delete(id);
        else await settle(() => (index % 2 === 0 ? a : b).appendEvent(id, "stream", "old"));
      });
      assertEqual([await a.has(id), await b.has(id)], [false, false], "has() on both instances");
      if (!(await reopened(a, id))) return;
      const anew = await append(a, id, "stream", "new first");
      await append(b, id, "stream", "new second");
      const found = (await replayed(b, id, anew)).map(({ message }) => message);
      assertEqual(found, ["new second"], "the events of a session that was created again");
      const old: unknown[] = [];
      await settle(() => b.replay(id, first, (_, message) => void old.push(message)));
      assertEqual(old.includes("old"), false, "whether an event of the deleted session is replayed");
    },
  },
];
