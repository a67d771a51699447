import { describe, expect, test } from "vitest";
import { failures, later, type Mutant } from "../../test/mutants.ts";
import type { ClientRequestAdapter } from "../ports/index.ts";
import type { RequestId } from "../protocol/jsonrpc.ts";
import { InMemoryClientRequestAdapter } from "../stores/memory/index.ts";
import { clientRequestContract, runContract } from "./index.ts";

test("a client request adapter that registers and answers later keeps the contract", async () => {
  const report = await runContract(clientRequestContract, {
    makeInstances: (count) => {
      const server = new InMemoryClientRequestAdapter();
      return Array.from({ length: count }, () => new RemoteRequests(server));
    },
  });
  expect(report.failed).toEqual([]);
  expect(report.passed).toHaveLength(14);
});

const requests = InMemoryClientRequestAdapter;

const mutants: Mutant<ClientRequestAdapter>[] = [
  [
    "tells nobody when it is ready",
    () =>
      new (class extends RemoteRequests {
        override createPending(sessionId: string | undefined, requestId: RequestId) {
          const created = later().then(() => super.createPending(sessionId, requestId));
          return { promise: created.then(({ promise }) => promise), ready: Promise.resolve() };
        }
      })(new requests()),
    "an answer that comes once a wait is ready is taken",
  ],
  [
    "answers twice",
    () =>
      new (class extends requests {
        readonly #known = new Set<string>();
        override createPending(sessionId: string | undefined, requestId: RequestId) {
          this.#known.add(`${sessionId} ${requestId}`);
          return super.createPending(sessionId, requestId);
        }
        override resolvePending(sessionId: string | undefined, requestId: RequestId, response: unknown) {
          return (
            super.resolvePending(sessionId, requestId, response) ||
            this.#known.has(`${sessionId} ${requestId}`)
          );
        }
      })(),
    "of many answers at once one is taken, and that one arrives",
  ],
  [
    "looks and takes in two steps",
    () =>
      new (class extends RemoteRequests {
        readonly #waiting = new Set<string>();
        override createPending(sessionId: string | undefined, requestId: RequestId) {
          this.#waiting.add(`${sessionId} ${requestId}`);
          return super.createPending(sessionId, requestId);
        }
        override async resolvePending(
          sessionId: string | undefined,
          requestId: RequestId,
          response: unknown,
        ) {
          const waiting = this.#waiting.has(`${sessionId} ${requestId}`);
          await later();
          this.#waiting.delete(`${sessionId} ${requestId}`);
          await super.resolvePending(sessionId, requestId, response);
          return waiting;
        }
      })(new requests()),
    "of many answers at once one is taken, and that one arrives",
  ],
  [
    "takes a refusal after an answer",
    () =>
      new (class extends requests {
        override rejectPending(sessionId: string | undefined, requestId: RequestId, reason: unknown) {
          super.rejectPending(sessionId, requestId, reason);
          return true;
        }
      })(),
    "an answer is taken once",
  ],
  [
    "takes what nobody waits for",
    () =>
      new (class extends requests {
        override resolvePending(sessionId: string | undefined, requestId: RequestId, response: unknown) {
          super.resolvePending(sessionId, requestId, response);
          return true;
        }
      })(),
    "what nobody waits for is not taken",
  ],
  [
    "takes answers and never wakes the request",
    () =>
      new (class extends requests {
        override createPending(sessionId: string | undefined, requestId: RequestId) {
          super.createPending(sessionId, requestId);
          return { promise: new Promise<unknown>(() => {}) };
        }
      })(),
    "an answer that any instance receives wakes the request that waits for it",
  ],
  [
    "keeps no request without a session",
    () =>
      new (class extends requests {
        override resolvePending(sessionId: string | undefined, requestId: RequestId, response: unknown) {
          return sessionId !== undefined && super.resolvePending(sessionId, requestId, response);
        }
      })(),
    "a request without a session is answered too",
  ],
  [
    "turns an error response into a rejection",
    () =>
      new (class extends requests {
        override resolvePending(sessionId: string | undefined, requestId: RequestId, response: unknown) {
          return typeof response === "object" && response !== null && "error" in response
            ? super.rejectPending(sessionId, requestId, new Error("the client said no"))
            : super.resolvePending(sessionId, requestId, response);
        }
      })(),
    "an answer that is a JSON-RPC error resolves the wait",
  ],
  [
    "keeps answers in Latin-1",
    () =>
      new (class extends requests {
        override resolvePending(sessionId: string | undefined, requestId: RequestId, response: unknown) {
          const text = JSON.stringify(response).replace(/[^\0-\xff]/g, "?");
          return super.resolvePending(sessionId, requestId, JSON.parse(text));
        }
      })(),
    "an answer comes back as it went in",
  ],
  [
    "hides the reason of a refusal",
    () =>
      new (class extends requests {
        override rejectPending(sessionId: string | undefined, requestId: RequestId) {
          return super.rejectPending(sessionId, requestId, new Error("refused"));
        }
      })(),
    "a refusal ends the wait with its reason",
  ],
  [
    "resolves the wait of a refusal",
    () =>
      new (class extends requests {
        override rejectPending(sessionId: string | undefined, requestId: RequestId, reason: unknown) {
          return super.resolvePending(sessionId, requestId, reason);
        }
      })(),
    "of answers and refusals at once one is taken, and the wait ends by it",
  ],
  [
    "knows no timeout",
    () =>
      new (class extends requests {
        override createPending(sessionId: string | undefined, requestId: RequestId) {
          return super.createPending(sessionId, requestId, { timeoutMs: 0 });
        }
      })(),
    "a wait ends in a ClientRequestTimeoutError when its time is over",
  ],
  [
    "takes a timeout of 0 as none of its own",
    () =>
      new (class extends requests {
        override createPending(
          sessionId: string | undefined,
          requestId: RequestId,
          options?: { timeoutMs?: number },
        ) {
          return super.createPending(sessionId, requestId, { timeoutMs: options?.timeoutMs || 20 });
        }
      })(),
    "a timeout of 0 is no limit, and one request's time is not another's",
  ],
  [
    "joins the session and the id with a colon",
    () =>
      new (class extends requests {
        override createPending(sessionId: string | undefined, requestId: RequestId) {
          return super.createPending(undefined, `${sessionId}:${requestId}`);
        }
        override resolvePending(sessionId: string | undefined, requestId: RequestId, response: unknown) {
          return super.resolvePending(undefined, `${sessionId}:${requestId}`, response);
        }
      })(),
    "sessions and request ids that look alike are different requests",
  ],
  [
    "wakes whoever waits in the session",
    () =>
      new (class extends requests {
        override createPending(sessionId: string | undefined) {
          return super.createPending(sessionId, 1);
        }
        override resolvePending(sessionId: string | undefined, _: RequestId, response: unknown) {
          return super.resolvePending(sessionId, 1, response);
        }
      })(),
    "many requests at once each get their own answer",
  ],
];

describe("a broken adapter is caught that", () => {
  test.each(mutants)("%s", async (_, make, caughtBy) => {
    expect(await failures(clientRequestContract, caughtBy, make, 500)).toEqual([caughtBy]);
  });
});

class RemoteRequests implements ClientRequestAdapter {
  readonly server: InMemoryClientRequestAdapter;
  constructor(server: InMemoryClientRequestAdapter) {
    this.server = server;
  }
  createPending(sessionId: string | undefined, requestId: RequestId, options?: { timeoutMs?: number }) {
    const created = later().then(() => this.server.createPending(sessionId, requestId, options));
    const promise = created.then((pending) => pending.promise);
    promise.catch(() => {});
    return { promise, ready: created.then(() => {}) };
  }
  async resolvePending(sessionId: string | undefined, requestId: RequestId, response: unknown) {
    await later();
    const taken = this.server.resolvePending(sessionId, requestId, response);
    await later();
    return taken;
  }
  async rejectPending(sessionId: string | undefined, requestId: RequestId, reason: unknown) {
    await later();
    const taken = this.server.rejectPending(sessionId, requestId, reason);
    await later();
    return taken;
  }
}
