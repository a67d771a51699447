import type { ClientRequestAdapter } from "../ports/index.ts";
import { ClientRequestTimeoutError } from "../ports/index.ts";
import type { RequestId } from "../protocol/jsonrpc.ts";
import { assert, assertEqual, assertRejects, atOnce, eventually, pause, settle, within } from "./assert.ts";
import type { ContractCase } from "./contract.ts";
import { awkwardMessage, bigMessage, HOSTILE_IDS } from "./hostile.ts";
import { two } from "./instances.ts";

type Key = readonly [sessionId: string | undefined, requestId: RequestId];

/** No case takes this long; the question of a case that fails is given up. */
const LONG = { timeoutMs: 60_000 };

/** Pairs that are different, and the same text once they are joined or turned into a property's name. */
const LOOK_ALIKES: readonly Key[] = [
  ["a", "b:c"],
  ["a:b", "c"],
  ["a", 1],
  ["a", "1"],
  ["a:1", ""],
  ["", "a:1"],
  [undefined, "a:1"],
  [undefined, 1],
  [undefined, "1"],
  ["", 1],
  ["undefined", 1],
  ["null", 1],
  ['a","b', "c"],
  ["a", 'b","c'],
  ["__proto__", "constructor"],
  ["constructor", "__proto__"],
  ["x".repeat(1000), "y"],
  ["x".repeat(1000), "z"],
];

/**
 * What a `ClientRequestAdapter` promises.
 *
 * `createPending` answers before a remote store can know of it. So in all cases but the one about `ready` an answer
 * is delivered again until somebody waits for it; it may be taken only once.
 *
 * @see https://modelcontextprotocol.io/specification/2025-11-25/client/elicitation
 */
export const clientRequestContract: readonly ContractCase<ClientRequestAdapter>[] = [
  {
    name: "an answer that any instance receives wakes the request that waits for it",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      for (const [asking, answering] of [
        [a, b],
        [b, a],
        [a, a],
      ] as const) {
        const [session, id] = newKey();
        const { promise } = asking.createPending(session, id, LONG);
        await deliver(answering, [session, id], answer(id, "yes"));
        assertEqual(await soon(promise), answer(id, "yes"), "the answer");
      }
    },
  },
  {
    name: "an answer that comes once a wait is ready is taken",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      for (const answering of [a, b]) {
        const key = newKey();
        const { promise, ready } = a.createPending(...key, LONG);
        await ready;
        assertEqual(await answering.resolvePending(...key, answer(key[1], "yes")), true, "resolvePending()");
        assertEqual(await soon(promise), answer(key[1], "yes"), "the answer");
      }
    },
  },
  {
    name: "a request without a session is answered too",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const [, id] = newKey();
      const { promise } = a.createPending(undefined, id, LONG);
      await deliver(b, [undefined, id], answer(id, "yes"));
      assertEqual(await soon(promise), answer(id, "yes"), "the answer");
    },
  },
  {
    name: "an answer comes back as it went in",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      for (const response of [awkwardMessage(), bigMessage(1024 * 1024), { result: {} }]) {
        const key = newKey();
        const { promise } = a.createPending(...key, LONG);
        await deliver(b, key, response);
        assertEqual(await soon(promise), response, "the answer");
      }
    },
  },
  {
    name: "an answer that is a JSON-RPC error resolves the wait",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const key = newKey();
      const response = {
        jsonrpc: "2.0",
        id: key[1],
        error: { code: -1, message: "User rejected", data: { a: [1] } },
      };
      const { promise } = a.createPending(...key, LONG);
      await deliver(b, key, response);
      assertEqual(await soon(promise), response, "the answer");
    },
  },
  {
    name: "of many answers at once one is taken, and that one arrives",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      for (let round = 0; round < 5; round++) {
        const key = newKey();
        const { promise } = a.createPending(...key, LONG);
        const winners: number[] = [];
        await eventually(async () => {
          await atOnce(20, async (index) => {
            const taken = await (index % 2 === 0 ? a : b).resolvePending(...key, answer(key[1], index));
            if (taken) winners.push(index);
          });
          return winners.length > 0;
        }, "one of twenty answers is taken");
        assertEqual(winners.length, 1, "how many of twenty answers were taken");
        assertEqual(await soon(promise), answer(key[1], winners[0]), "the answer that arrived");
        assertEqual(
          await b.resolvePending(...key, answer(key[1], "late")),
          false,
          "resolvePending() afterwards",
        );
      }
    },
  },
  {
    name: "of answers and refusals at once one is taken, and the wait ends by it",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      for (let round = 0; round < 5; round++) {
        const key = newKey();
        const { promise } = a.createPending(...key, LONG);
        const winners: string[] = [];
        await eventually(async () => {
          await atOnce(20, async (index) => {
            const instance = index % 4 < 2 ? a : b;
            const kind = (index + round) % 2 === 0 ? "fulfilled" : "rejected";
            const taken =
              kind === "fulfilled"
                ? await instance.resolvePending(...key, answer(key[1], index))
                : await instance.rejectPending(...key, new Error("refused"));
            if (taken) winners.push(kind);
          });
          return winners.length > 0;
        }, "one of twenty is taken");
        assertEqual(winners.length, 1, "how many of twenty were taken");
        const outcome = await settle(() => soon(promise));
        assertEqual(outcome.status, winners[0], "how the wait ended");
        const refused = outcome.status === "rejected" && String(outcome.reason).includes("refused");
        assertEqual(refused, winners[0] === "rejected", "whether the wait was refused");
      }
    },
  },
  {
    name: "a refusal ends the wait with its reason",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      for (const refusing of [a, b]) {
        const key = newKey();
        const { promise } = a.createPending(...key, LONG);
        await eventually(
          async () => refusing.rejectPending(...key, new Error("the client went away")),
          "a refusal is taken",
        );
        const error = await assertRejects(() => soon(promise), Error, "a wait that was refused");
        assert(
          error.message.includes("the client went away"),
          `the error gives the reason, got: ${error.message}`,
        );
        assertEqual(await b.rejectPending(...key, new Error("again")), false, "rejectPending() afterwards");
        assertEqual(await b.resolvePending(...key, answer(key[1], 1)), false, "resolvePending() afterwards");
      }
    },
  },
  {
    name: "what nobody waits for is not taken",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const [session, id] = newKey();
      a.createPending(session, id, LONG);
      const unknown: Key[] = [
        [session, `${id}x`],
        [`${session}x`, id],
        [undefined, id],
        [id as string, session ?? ""],
      ];
      for (const key of [...unknown, ...HOSTILE_IDS.map((hostile): Key => [session, hostile])]) {
        assertEqual(await b.resolvePending(...key, answer(1, 1)), false, `resolvePending() of ${show(key)}`);
        assertEqual(await b.rejectPending(...key, new Error("no")), false, `rejectPending() of ${show(key)}`);
      }
      await deliver(b, [session, id], answer(id, "yes"));
    },
  },
  {
    name: "an answer is taken once",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const key = newKey();
      const { promise } = a.createPending(...key, LONG);
      await deliver(a, key, answer(key[1], "first"));
      for (const instance of [a, b]) {
        assertEqual(
          await instance.resolvePending(...key, answer(key[1], "next")),
          false,
          "resolvePending() again",
        );
        assertEqual(
          await instance.rejectPending(...key, new Error("next")),
          false,
          "rejectPending() afterwards",
        );
      }
      assertEqual(await soon(promise), answer(key[1], "first"), "the answer");
    },
  },
  {
    name: "a wait ends in a ClientRequestTimeoutError when its time is over",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const key = newKey();
      const { promise } = a.createPending(...key, { timeoutMs: 50 });
      await assertRejects(() => soon(promise), ClientRequestTimeoutError, "a wait of 50 ms");
      for (const instance of [a, b]) {
        await eventually(
          async () => !(await instance.resolvePending(...key, answer(key[1], "late"))),
          "an answer that comes too late is not taken",
        );
      }
    },
  },
  {
    name: "a timeout of 0 is no limit, and one request's time is not another's",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const [endless, long, short] = [newKey(), newKey(), newKey()];
      const first = a.createPending(...endless, { timeoutMs: 0 });
      const second = a.createPending(...long, LONG);
      const third = a.createPending(...short, { timeoutMs: 50 });
      await assertRejects(() => soon(third.promise), ClientRequestTimeoutError, "a wait of 50 ms");
      await deliver(b, endless, answer(1, "endless"));
      await deliver(b, long, answer(1, "long"));
      assertEqual(await soon(first.promise), answer(1, "endless"), "the answer to a request without a limit");
      assertEqual(await soon(second.promise), answer(1, "long"), "the answer to a request with a long limit");
    },
  },
  {
    name: "sessions and request ids that look alike are different requests",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const waits = LOOK_ALIKES.map((key) => a.createPending(...key, LONG).promise);
      const order = [...LOOK_ALIKES.keys()].reverse();
      for (const index of order) {
        const key = LOOK_ALIKES[index] ?? newKey();
        await deliver(b, key, answer(1, show(key)));
        assertEqual(await soon(waits[index]), answer(1, show(key)), `the answer to ${show(key)}`);
        assertEqual(
          await b.resolvePending(...key, answer(1, "again")),
          false,
          `resolvePending() of ${show(key)}`,
        );
      }
    },
  },
  {
    name: "many requests at once each get their own answer",
    async run(makeInstances) {
      const [a, b] = await two(makeInstances);
      const answers = await atOnce(100, async (index) => {
        const key: Key = [`session ${index % 7}`, `${newKey()[1]}-${index}`];
        const [asking, answering] = index % 2 === 0 ? [a, b] : [b, a];
        const { promise } = asking.createPending(...key, LONG);
        await pause(index % 5);
        await deliver(answering, key, answer(1, index));
        return soon(promise);
      });
      assertEqual(
        answers,
        answers.map((_, index) => answer(1, index)),
        "the answers",
      );
    },
  },
];

function newKey(): Key {
  return [crypto.randomUUID(), crypto.randomUUID()];
}

function answer(id: RequestId, content: unknown): unknown {
  return { jsonrpc: "2.0", id, result: { action: "accept", content: { content } } };
}

/** Delivers an answer as soon as somebody waits for it. */
function deliver(adapter: ClientRequestAdapter, key: Key, response: unknown): Promise<void> {
  return eventually(
    async () => adapter.resolvePending(...key, response),
    `an answer to ${show(key)} is taken`,
  );
}

function soon(promise: Promise<unknown> | undefined): Promise<unknown> {
  return within(Promise.resolve(promise), "the wait");
}

function show([sessionId, requestId]: Key): string {
  return JSON.stringify([sessionId?.slice(0, 50) ?? null, requestId]);
}
