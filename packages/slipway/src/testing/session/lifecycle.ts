import type { SessionMeta } from "../../ports/index.ts";
import { SessionLimitError } from "../../ports/index.ts";
import { assert, assertEqual, assertRejects, atOnce } from "../assert.ts";
import { awkwardMessage, HOSTILE_IDS } from "../hostile.ts";
import { two } from "../instances.ts";
import { atSomePace, keepDoing } from "../pace.ts";
import { assertUnguessable } from "../unguessable.ts";
import { append, assertGone, meta, openSession, openSessionAs, type SessionCase } from "./helpers.ts";

/** Sessions begin, are found by every instance, and end. */
export const lifecycleCases: readonly SessionCase[] = [
  {
    name: "a generated session id is visible ASCII, unguessable and never repeats",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const ids = Array.from({ length: 500 }, (_, index) => (index % 2 === 0 ? a : b).generateSessionId());
      assertUnguessable(ids, "a session id");
    },
  },
  {
    name: "a session that one instance creates is known to every instance",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const id = a.generateSessionId();
      const created = await a.create(id, meta());
      assertEqual(created.meta, meta(), "the created session's meta");
      assertEqual(await b.has(id), true, "has() on the other instance");
      assertEqual((await b.get(id))?.meta, meta(), "the meta on the other instance");
      assertEqual((await a.get(id))?.meta, meta(), "the meta on the creating instance");
    },
  },
  {
    name: "what initialize settled comes back whole",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const id = a.generateSessionId();
      const settled: SessionMeta = {
        protocolVersion: "contract-test",
        clientInfo: {
          name: "Schiff 船 🚢",
          version: "1.0",
          title: 'a "title"',
          websiteUrl: "https://example.com/",
        },
        clientCapabilities: {
          elicitation: { form: {}, url: {} },
          roots: { listChanged: true },
          experimental: { "x/y": { deep: [1, { two: null }] }, odd: awkwardMessage() as object },
        },
        principal: '["tenant","sub:ject"]',
        tenant: "tenant",
      };
      await a.create(id, settled);
      assertEqual((await b.get(id))?.meta, settled, "the session's meta");
    },
  },
  {
    name: "a session that was never created does not exist",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      await openSession(a);
      const unknown = [
        a.generateSessionId(),
        "",
        "\u{1f6a2}",
        "a b",
        ...HOSTILE_IDS.map((id) => `never-${id}`),
      ];
      for (const id of [...unknown, ...HOSTILE_IDS.slice(0, 3)]) {
        assertEqual(await b.has(id), false, `has(${JSON.stringify(id.slice(0, 50))})`);
        assertEqual(await b.get(id), undefined, `get(${JSON.stringify(id.slice(0, 50))})`);
      }
    },
  },
  {
    name: "a deleted session exists on no instance",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const id = await openSession(a);
      const other = await openSession(a);
      await b.delete(id);
      for (const instance of [a, b]) {
        assertEqual(await instance.has(id), false, "has() of a deleted session");
        assertEqual(await instance.get(id), undefined, "get() of a deleted session");
        assertEqual(await instance.has(other), true, "has() of another session");
      }
    },
  },
  {
    name: "deleting a session that does not exist is no error",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const id = await openSession(a);
      await a.delete(id);
      await b.delete(id);
      await a.delete(a.generateSessionId());
      assertEqual(await a.has(id), false, "has() of a session that was deleted twice");
    },
  },
  {
    name: "sessions whose ids look alike are different sessions",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      for (const id of HOSTILE_IDS) await openSessionAs(a, id);
      for (const id of HOSTILE_IDS) {
        assertEqual((await b.get(id))?.meta, meta(id), `the meta of ${id.slice(0, 50)}`);
        await b.delete(id);
        assertEqual(await a.has(id), false, `has(${id.slice(0, 50)}) after its end`);
      }
    },
  },
  {
    name: "a session that is used lives on, one that is not expires with its events",
    requires: ["idleTimeoutMs"],
    async run(makeInstances) {
      await atSomePace(async (idleTimeoutMs) => {
        const [a, b] = await two(makeInstances, { idleTimeoutMs });
        const used = await openSession(a, "used");
        const idle = await openSession(a, "idle");
        const event = await append(a, idle, "stream", 1);
        const longest = await keepDoing(idleTimeoutMs, async () => (await b.get(used)) !== undefined);
        if (longest > idleTimeoutMs / 2) return false;
        assertEqual(await a.has(used), true, `has() of a session that was used every ${longest} ms`);
        assertEqual(await a.has(idle), false, "has() of an idle session after three times its life");
        assertEqual(await b.get(idle), undefined, "get() of an idle session after three times its life");
        await assertGone(b, idle, event, "an event of an expired session");
        return true;
      });
    },
  },
  {
    name: "a full adapter refuses a session and takes one again when another has ended",
    requires: ["maxSessions"],
    async run(makeInstances) {
      const [a, b] = await two(makeInstances, { maxSessions: 3 });
      const first = await openSession(a);
      await openSession(b);
      await openSession(a);
      const refused = b.generateSessionId();
      await assertRejects(
        async () => b.create(refused, meta()),
        SessionLimitError,
        "a session beyond the bound",
      );
      assertEqual(await a.has(refused), false, "has() of the refused session");
      assertEqual(await a.has(first), true, "has() of a session that was there before");
      await a.delete(first);
      await b.create(refused, meta());
      assertEqual(await a.has(refused), true, "has() of the session that now fits");
    },
  },
  {
    name: "sessions created at once all exist",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const ids = await atOnce(50, (index) => openSession(index % 2 === 0 ? a : b, `client ${index}`));
      const metas = await atOnce(
        50,
        async (index) => (await (index % 3 === 0 ? a : b).get(ids[index] ?? ""))?.meta,
      );
      assertEqual(
        metas,
        ids.map((_, index) => meta(`client ${index}`)),
        "the metas of sessions created at once",
      );
    },
  },
  {
    name: "one id created many times at once is one session, the same on every instance",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const id = a.generateSessionId();
      const outcomes = await Promise.allSettled(
        Array.from({ length: 20 }, async (_, index) =>
          (index % 2 === 0 ? a : b).create(id, meta(`client ${index}`)),
        ),
      );
      const metas = outcomes.map((_, index) => JSON.stringify(meta(`client ${index}`)));
      const onA = await a.get(id);
      assert(onA !== undefined, "one of twenty creates at once opens the session");
      const winner = outcomes[metas.indexOf(JSON.stringify(meta(onA.meta.clientInfo?.name)))];
      assertEqual(winner?.status, "fulfilled", "the outcome of the create whose meta the session has");
      assertEqual(
        onA.meta,
        meta(onA.meta.clientInfo?.name),
        "the meta, which is one of the twenty as a whole",
      );
      assertEqual((await b.get(id))?.meta, onA.meta, "the meta on the other instance");
    },
  },
  {
    name: "a session deleted many times at once is gone",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const id = await openSession(a);
      await atOnce(20, async (index) => {
        await (index % 2 === 0 ? a : b).delete(id);
      });
      assertEqual([await a.has(id), await b.has(id)], [false, false], "has() on both instances");
    },
  },
  {
    name: "reading a session while it is deleted does not bring it back",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const ids = await atOnce(10, () => openSession(a));
      await atOnce(60, async (index) => {
        const id = ids[index % ids.length] ?? "";
        if (index >= 20 && index < 30) await a.delete(id);
        else await (index % 2 === 0 ? a : b).get(id);
      });
      for (const id of ids) {
        assertEqual([await a.has(id), await b.has(id)], [false, false], "has() on both instances");
        assertEqual(await b.get(id), undefined, "get() after the end");
      }
    },
  },
];
