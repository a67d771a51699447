import { expect, it } from "vitest";
import { InMemorySessionAdapter } from "../../stores/memory/index.ts";
import type { EventSink } from "../sinks.ts";
import { EventStream } from "./event-stream.ts";

/** Keeps at once, and says so when it is let. */
class SlowToSay extends InMemorySessionAdapter {
  readonly waiting: (() => void)[] = [];

  // biome-ignore lint/suspicious/noExplicitAny: the overridden method answers at once
  override appendEvent(id: string, streamId: string, message: unknown): any {
    const eventId = super.appendEvent(id, streamId, message);
    return new Promise((resolve) => this.waiting.push(() => resolve(eventId)));
  }
}

function sink() {
  let text = "";
  const end = () => {};
  return {
    texts: () => [...text.matchAll(/"nth":(\d+)/g)].map(([, nth]) => Number(nth)),
    sink: {
      open: true,
      write: (more: string) => {
        text += more;
      },
      end,
      abort: end,
    } as unknown as EventSink,
  };
}

it("sends an event once that was replayed before the store said that it is kept", async () => {
  const adapter = new SlowToSay();
  const sessionId = adapter.generateSessionId();
  adapter.create(sessionId, { protocolVersion: "2025-11-25" });
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const stream = new EventStream("s", { adapter, sessionId }, { retryMs: 1, primes: true, logger });
  const first = sink();
  stream.start(first.sink);
  const begin = adapter.openStream(sessionId, "s") as string;
  const message = (nth: number) => ({
    jsonrpc: "2.0" as const,
    method: "notifications/progress",
    params: { nth },
  });
  const sent = [stream.send(message(1)), stream.send(message(2))];
  // The connection breaks, and the client comes back: the store has the first event, and has not said so.
  const second = sink();
  const resumption = stream.hold();
  const missed = new Map<string, string>();
  await adapter.replay(
    sessionId,
    begin,
    (eventId, kept) => void missed.set(eventId, `data: ${JSON.stringify(kept)}\n\n`),
  );
  expect(missed.size).toBe(1);
  stream.resume(second.sink, missed, resumption);
  while (adapter.waiting.length < 2) {
    adapter.waiting.at(-1)?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  adapter.waiting.at(-1)?.();
  await Promise.all(sent);
  expect(first.texts()).toEqual([]);
  expect(second.texts()).toEqual([1, 2]);
});
