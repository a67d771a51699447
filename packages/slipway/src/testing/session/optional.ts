import type { SessionData } from "../../ports/index.ts";
import { EventsGoneError } from "../../ports/index.ts";
import { assert, assertEqual, assertString, atOnce, settle } from "../assert.ts";
import { HOSTILE_IDS } from "../hostile.ts";
import {
  append,
  appendMany,
  meta,
  openSession,
  reopened,
  replayed,
  type SessionCase,
  twoWith,
} from "./helpers.ts";

/** What the optional methods of a session adapter promise. */
export const optionalCases: readonly SessionCase[] = [
  {
    name: "openStream gives an id that stands before the first event",
    requires: ["openStream"],
    async run(makeInstances) {
      const [a, b] = await twoWith(makeInstances, "openStream");
      const id = await openSession(a);
      for (const streamId of HOSTILE_IDS) {
        const start = await a.openStream(id, streamId);
        assertString(start, "the id that openStream gives");
        assertEqual(await replayed(b, id, start), [], "the events of a stream that was just opened");
        const events = await appendMany([b, a], id, streamId, 5);
        assertEqual(await replayed(b, id, start), events, "the events after the stream's start");
      }
    },
  },
  {
    name: "the ids that openStream gives are unique in the session and fit into a header",
    requires: ["openStream"],
    async run(makeInstances) {
      const [a, b] = await twoWith(makeInstances, "openStream");
      const id = await openSession(a);
      const ids: unknown[] = [];
      for (const streamId of HOSTILE_IDS) {
        ids.push(await a.openStream(id, streamId));
        for (const { eventId } of await appendMany([a, b], id, streamId, 3)) ids.push(eventId);
      }
      assertEqual(new Set(ids).size, HOSTILE_IDS.length * 4, "the number of different ids");
      for (const eventId of ids) {
        assertString(eventId, "the id that openStream gives");
        assert(
          /^[\x21-\x7e]+$/.test(eventId),
          `an event id is of 0x21 to 0x7E, got ${JSON.stringify(eventId)}`,
        );
      }
    },
  },
  {
    name: "streams opened at once in many places are all usable",
    requires: ["openStream"],
    async run(makeInstances) {
      const [a, b] = await twoWith(makeInstances, "openStream");
      const id = await openSession(a);
      await atOnce(20, async (index) => {
        const [here, there] = index % 2 === 0 ? [a, b] : [b, a];
        const start = await here.openStream(id, `stream-${index}`);
        const event = await append(there, id, `stream-${index}`, index);
        const events = await replayed(here, id, start ?? "");
        assertEqual(events, [{ eventId: event, message: index }], "the events of the stream");
      });
    },
  },
  {
    name: "opening a stream does not bring a deleted session back",
    requires: ["openStream"],
    async run(makeInstances) {
      const [a, b] = await twoWith(makeInstances, "openStream");
      const id = await openSession(a);
      await b.delete(id);
      await settle(() => a.openStream(id, "stream"));
      assertEqual([await a.has(id), await b.has(id)], [false, false], "has() on both instances");
    },
  },
  {
    name: "streamOf names the stream of an event",
    requires: ["streamOf"],
    async run(makeInstances) {
      const [a, b] = await twoWith(makeInstances, "streamOf");
      const id = await openSession(a);
      for (const streamId of HOSTILE_IDS) {
        for (const { eventId } of await appendMany([a, b], id, streamId, 3)) {
          assertEqual(a.streamOf(eventId), streamId, `the stream of ${eventId.slice(0, 50)}`);
          assertEqual(b.streamOf(eventId), streamId, `the stream of ${eventId.slice(0, 50)}`);
        }
      }
    },
  },
  {
    name: "streamOf names the stream of an id that openStream gave",
    requires: ["streamOf", "openStream"],
    async run(makeInstances) {
      const [a, b] = await twoWith(makeInstances, "streamOf", "openStream");
      const id = await openSession(a);
      for (const streamId of HOSTILE_IDS) {
        assertEqual(
          b.streamOf((await a.openStream(id, streamId)) ?? ""),
          streamId,
          "the stream of its start",
        );
      }
    },
  },
  {
    name: "streamOf answers any text with a stream or undefined",
    requires: ["streamOf"],
    async run(makeInstances) {
      const [a] = await twoWith(makeInstances, "streamOf");
      assertEqual(a.streamOf(""), undefined, "the stream of the empty id");
      for (const text of [
        " ",
        "\n",
        "_",
        "-",
        ":",
        "船",
        "\u0000",
        "%",
        "%zz",
        "1",
        "x".repeat(5000),
        ...HOSTILE_IDS,
      ]) {
        const stream = a.streamOf(text);
        if (stream !== undefined) assertString(stream, `the stream of ${JSON.stringify(text.slice(0, 50))}`);
      }
    },
  },
  {
    name: "closing a stream leaves other streams as they are",
    requires: ["closeStream"],
    async run(makeInstances) {
      const [a, b] = await twoWith(makeInstances, "closeStream");
      const id = await openSession(a);
      const closed = await appendMany([a], id, "stream", 4);
      const [first, ...rest] = await appendMany([a], id, "stream_1", 4);
      await b.closeStream(id, "stream");
      await a.closeStream(id, "stream");
      assertEqual(await replayed(b, id, first?.eventId ?? ""), rest, "the events of the other stream");
      assertEqual(await b.has(id), true, "has() of the session");
      // Whether the log is still there is the adapter's choice; a part of it would be a gap.
      const outcome = await settle(() => replayed(b, id, closed[0]?.eventId ?? ""));
      if (outcome.status === "fulfilled")
        assertEqual(outcome.value, closed.slice(1), "the closed stream's events");
      else assert(outcome.reason instanceof EventsGoneError, "a replay is refused with an EventsGoneError");
    },
  },
  {
    name: "closing a stream or a session that does not exist is no error",
    requires: ["closeStream"],
    async run(makeInstances) {
      const [a, b] = await twoWith(makeInstances, "closeStream");
      const id = await openSession(a);
      await b.closeStream(id, "never opened");
      await b.closeStream(a.generateSessionId(), "stream");
      await a.delete(id);
      await b.closeStream(id, "stream");
      assertEqual(await a.has(id), false, "has() of the deleted session");
    },
  },
  {
    name: "a changed state is known to every instance, and the meta stays",
    requires: ["updateState"],
    async run(makeInstances) {
      const [a, b] = await twoWith(makeInstances, "updateState");
      const id = await openSession(a);
      const other = await openSession(a);
      const uris = ["file:///ä b", "x:y", "船", "__proto__", "a,b", `x:${"y".repeat(2000)}`];
      await a.updateState(id, { logLevel: "warning" });
      for (const [index, uri] of uris.entries())
        await (index % 2 ? a : b).updateState(id, { subscribe: uri });
      for (const instance of [a, b]) {
        const data = await instance.get(id);
        assertState(data, "warning", uris);
        assertEqual(data?.meta, meta(), "the meta");
        assertState(await instance.get(other), undefined, []);
      }
      await b.updateState(id, { logLevel: "debug" });
      for (const uri of uris.slice(1)) await b.updateState(id, { unsubscribe: uri });
      assertState(await a.get(id), "debug", ["file:///ä b"]);
    },
  },
  {
    name: "what a change of the state leaves out stays as it was",
    requires: ["updateState"],
    async run(makeInstances) {
      const [a, b] = await twoWith(makeInstances, "updateState");
      const id = await openSession(a);
      await a.updateState(id, { logLevel: "error" });
      await b.updateState(id, { subscribe: "a:1" });
      assertState(await a.get(id), "error", ["a:1"]);
      await a.updateState(id, { logLevel: "info" });
      assertState(await b.get(id), "info", ["a:1"]);
      await a.updateState(id, { unsubscribe: "a:1" });
      assertState(await b.get(id), "info", []);
      await b.updateState(id, {});
      assertState(await a.get(id), "info", []);
    },
  },
  {
    name: "subscribing twice is one subscription, and taking away what is not subscribed is no error",
    requires: ["updateState"],
    async run(makeInstances) {
      const [a, b] = await twoWith(makeInstances, "updateState");
      const id = await openSession(a);
      await a.updateState(id, { unsubscribe: "a:1" });
      await a.updateState(id, { subscribe: "a:1" });
      await b.updateState(id, { subscribe: "a:1" });
      await b.updateState(id, { subscribe: "a:2" });
      assertState(await b.get(id), undefined, ["a:1", "a:2"]);
      for (const instance of [b, a]) {
        await instance.updateState(id, { unsubscribe: "a:1" });
        assertState(await a.get(id), undefined, ["a:2"]);
      }
    },
  },
  {
    name: "changes of different parts of the state at once are all kept",
    requires: ["updateState"],
    async run(makeInstances) {
      const [a, b] = await twoWith(makeInstances, "updateState");
      for (let round = 0; round < 10; round++) {
        const id = await openSession(a);
        await Promise.all([
          (async () => a.updateState(id, { logLevel: "notice" }))(),
          (async () => b.updateState(id, { subscribe: "a:1" }))(),
        ]);
        assertState(await b.get(id), "notice", ["a:1"]);
      }
    },
  },
  {
    name: "subscriptions of different resources at once are all kept, and all taken away",
    requires: ["updateState"],
    async run(makeInstances) {
      const [a, b] = await twoWith(makeInstances, "updateState");
      const id = await openSession(a);
      const uris = Array.from({ length: 20 }, (_, index) => `a:${index}`);
      await atOnce(20, async (index) => {
        await (index % 2 ? a : b).updateState(id, { subscribe: uris[index] });
      });
      assertState(await b.get(id), undefined, uris);
      await atOnce(20, async (index) => {
        if (index < 10) await a.updateState(id, { unsubscribe: uris[index] });
        else await b.updateState(id, { subscribe: `b:${index}` });
      });
      assertState(await a.get(id), undefined, [
        ...uris.slice(10),
        ...uris.slice(10).map((uri) => `b${uri.slice(1)}`),
      ]);
    },
  },
  {
    name: "a changed state ends with its session",
    requires: ["updateState"],
    async run(makeInstances) {
      const [a, b] = await twoWith(makeInstances, "updateState");
      const id = await openSession(a);
      await a.updateState(id, { logLevel: "alert" });
      await b.delete(id);
      await settle(() => a.updateState(id, { logLevel: "alert" }));
      assertEqual([await a.has(id), await b.has(id)], [false, false], "has() on both instances");
      if (!(await reopened(a, id))) return;
      assertEqual((await b.get(id))?.state ?? {}, {}, "the state of a session that was created again");
    },
  },
];

function assertState(
  data: SessionData | undefined,
  logLevel: string | undefined,
  subscriptions: string[],
): void {
  assertEqual(data?.state?.logLevel, logLevel, "the log level");
  assertEqual([...(data?.state?.subscriptions ?? [])].sort(), [...subscriptions].sort(), "the subscriptions");
}
