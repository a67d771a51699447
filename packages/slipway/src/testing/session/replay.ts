import { EventsGoneError } from "../../ports/index.ts";
import { assert, assertEqual, atOnce, pause, settle } from "../assert.ts";
import { HOSTILE_IDS } from "../hostile.ts";
import { two } from "../instances.ts";
import {
  append,
  appendMany,
  assertGone,
  assertNoGap,
  numbered,
  openSession,
  type ReplayedEvent,
  reopened,
  replayed,
  type SessionCase,
} from "./helpers.ts";

/** A client that resumes gets each event once, or is told that it cannot. */
export const replayCases: readonly SessionCase[] = [
  {
    name: "a replay after the last event writes nothing",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const id = await openSession(a);
      const events = await appendMany([a], id, "stream", 5);
      await append(a, id, "other", "of another stream");
      assertEqual(await replayed(b, id, events.at(-1)?.eventId ?? ""), [], "the events after the last one");
    },
  },
  {
    name: "an event id that was never given is refused",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const id = await openSession(a);
      const [first] = await appendMany([a], id, "stream", 3);
      const known = first?.eventId ?? "";
      const never = [
        "",
        " ",
        "\n",
        "_",
        "-",
        ":",
        "-1",
        "1.5",
        "nothing_1",
        "nothing-1-0",
        "船_1",
        "x".repeat(5000),
      ];
      const altered = [
        ` ${known}`,
        `x${known}`,
        `${known}x`,
        `${known}\n`,
        `${known}\n1`,
        `${known} 1`,
        `${known}-`,
      ];
      // A number alone may be an id that an adapter gives.
      const hostile = HOSTILE_IDS.filter((text) => !/^[0-9]+$/.test(text));
      for (const eventId of [...never, ...altered, ...hostile]) {
        await assertGone(b, id, eventId, `the unknown event id ${JSON.stringify(eventId.slice(0, 50))}`);
      }
    },
  },
  {
    name: "the event ids of a session that has ended are refused",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const id = await openSession(a);
      const events = await appendMany([a], id, "stream", 3);
      await a.delete(id);
      for (const { eventId } of events) await assertGone(b, id, eventId, "an event of a deleted session");
      await assertGone(
        b,
        a.generateSessionId(),
        events[0]?.eventId ?? "",
        "an event id in an unknown session",
      );
      if (!(await reopened(a, id))) return;
      for (const { eventId } of events) {
        const written: unknown[] = [];
        await settle(() => b.replay(id, eventId, (_, message) => void written.push(message)));
        assertEqual(written, [], "what is replayed of the session that had the id before");
      }
    },
  },
  {
    name: "a replay past trimmed events is refused, one past held events is whole",
    requires: ["maxEventBufferSize"],
    async run(makeInstances) {
      const bound = 8;
      const [a, b] = await two(makeInstances, { maxEventBufferSize: bound });
      const id = await openSession(a);
      const kept = await append(a, id, "other", "first");
      await append(a, id, "other", "second");
      const events: ReplayedEvent[] = [];
      while (events.length < bound + 202) {
        const message = numbered("stream", events.length);
        events.push({ eventId: await append(a, id, "stream", message), message });
      }
      await assertGone(b, id, events[0]?.eventId ?? "", `the first of ${events.length} events`);
      let refused = 0;
      for (const [index, { eventId }] of events.entries()) {
        const outcome = await settle(() => replayed(b, id, eventId));
        if (outcome.status === "fulfilled") {
          assertEqual(outcome.value, events.slice(index + 1), `the events after event ${index}`);
        } else {
          assert(outcome.reason instanceof EventsGoneError, "a replay is refused with an EventsGoneError");
          assertEqual(refused, index, "the number of refusals, all of them for older events");
          refused++;
        }
      }
      assert(refused <= events.length - bound, `the newest ${bound} events are held`);
      assertEqual(
        (await replayed(b, id, kept)).length,
        1,
        "the number of events after the first of another stream",
      );
    },
  },
  {
    name: "a replay that trimming overtakes leaves nothing out in silence",
    requires: ["maxEventBufferSize"],
    async run(makeInstances) {
      const bound = 8;
      const [a, b] = await two(makeInstances, { maxEventBufferSize: bound });
      const id = await openSession(a);
      const events = await appendMany([a], id, "stream", bound);
      const written: ReplayedEvent[] = [];
      const outcome = await settle(() =>
        b.replay(id, events[0]?.eventId ?? "", async (eventId, message) => {
          written.push({ eventId, message });
          if (written.length !== 2) return;
          for (let index = bound; index < bound + 202; index++) {
            const later = numbered("stream", index);
            events.push({ eventId: await append(a, id, "stream", later), message: later });
          }
        }),
      );
      assertNoGap(written, events.slice(1));
      if (outcome.status === "fulfilled") {
        assert(
          written.length >= bound - 1,
          "a replay that resolves has written every event that it began with",
        );
      } else {
        assert(outcome.reason instanceof EventsGoneError, "a replay is refused with an EventsGoneError");
      }
    },
  },
  {
    name: "a replay waits for each write before it begins the next",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const id = await openSession(a);
      const [first, ...rest] = await appendMany([a], id, "stream", 20);
      const written: ReplayedEvent[] = [];
      let writing = 0;
      await b.replay(id, first?.eventId ?? "", async (eventId, message) => {
        writing++;
        assertEqual(writing, 1, "the number of writes at once");
        await pause(written.length % 3);
        written.push({ eventId, message });
        writing--;
      });
      assertEqual(written, rest, "what was written when the replay resolved");
    },
  },
  {
    name: "a write that fails ends the replay with its error",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const id = await openSession(a);
      const [first, ...rest] = await appendMany([a], id, "stream", 10);
      let writes = 0;
      const outcome = await settle(() =>
        b.replay(id, first?.eventId ?? "", async () => {
          writes++;
          if (writes === 3) throw new Error("the connection is gone");
        }),
      );
      assertEqual(outcome.status, "rejected", "the outcome of a replay whose third write failed");
      assertEqual(writes, 3, "the number of writes");
      assertEqual(await replayed(a, id, first?.eventId ?? ""), rest, "what the next replay writes");
    },
  },
  {
    name: "many replays at once each get everything",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const id = await openSession(a);
      const events = await appendMany([a, b], id, "stream", 30);
      await append(a, id, "other", "of another stream");
      const all = await atOnce(30, (index) =>
        replayed(index % 2 === 0 ? a : b, id, events[index]?.eventId ?? ""),
      );
      for (const [index, got] of all.entries()) {
        assertEqual(got, events.slice(index + 1), `the events after event ${index}`);
      }
    },
  },
  {
    name: "a client that resumes while events are appended gets each one once, in order",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const id = await openSession(a);
      const first = await append(a, id, "stream", "first");
      const [appended, seen] = await Promise.all([
        appendMany([a, b], id, "stream", 150),
        resumeUntil(b, id, first, 150),
      ]);
      assertEqual(seen, appended, "what the client saw");
    },
  },
  {
    name: "a client that resumes while many append at once gets each event once, in the order of the log",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const id = await openSession(a);
      const first = await append(a, id, "stream", "first");
      const appends = atOnce(6, async (by) => {
        for (let index = 0; index < 25; index++)
          await append(by % 2 === 0 ? a : b, id, "stream", { by, index });
      });
      const [seen] = await Promise.all([resumeUntil(b, id, first, 150), appends]);
      assertEqual(seen, await replayed(a, id, first), "what the client saw");
      assertEqual(
        new Set(seen.map(({ message }) => JSON.stringify(message))).size,
        150,
        "the number of messages",
      );
    },
  },
  {
    name: "a session that is deleted during a replay ends it without a gap",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const id = await openSession(a);
      const [first, ...rest] = await appendMany([a], id, "stream", 20);
      const written: ReplayedEvent[] = [];
      await settle(() =>
        b.replay(id, first?.eventId ?? "", async (eventId, message) => {
          written.push({ eventId, message });
          if (written.length === 3) await a.delete(id);
        }),
      );
      assert(written.length >= 3, "the replay writes three events before the session is deleted");
      assertNoGap(written, rest);
      assertEqual([await a.has(id), await b.has(id)], [false, false], "has() on both instances");
      await assertGone(b, id, first?.eventId ?? "", "an event of a deleted session");
    },
  },
  {
    name: "replays, appends and deletes at once end, and the session is gone",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const id = await openSession(a);
      const [first, ...rest] = await appendMany([a], id, "stream", 10);
      await atOnce(30, async (index) => {
        const instance = index % 2 === 0 ? a : b;
        if (index % 10 === 7) {
          await instance.delete(id);
          return;
        }
        if (index % 3 === 0) {
          await settle(() => instance.appendEvent(id, "stream", "late"));
          return;
        }
        const written: ReplayedEvent[] = [];
        await settle(() =>
          instance.replay(
            id,
            first?.eventId ?? "",
            (eventId, message) => void written.push({ eventId, message }),
          ),
        );
        assertNoGap(
          written.filter(({ message }) => message !== "late"),
          rest,
        );
      });
      assertEqual([await a.has(id), await b.has(id)], [false, false], "has() on both instances");
      await assertGone(a, id, first?.eventId ?? "", "an event of a deleted session");
    },
  },
];

/** Resumes from the last event seen, again and again, until there are `count` or no more come. */
async function resumeUntil(
  adapter: Parameters<typeof replayed>[0],
  id: string,
  lastEventId: string,
  count: number,
): Promise<ReplayedEvent[]> {
  const seen: ReplayedEvent[] = [];
  for (let idle = 0; seen.length < count && idle < 200; ) {
    const before = seen.length;
    seen.push(...(await replayed(adapter, id, seen.at(-1)?.eventId ?? lastEventId)));
    if (seen.length > before) idle = 0;
    else idle++;
    await pause(idle === 0 ? 0 : 10);
  }
  return seen;
}
