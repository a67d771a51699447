import type { EventId, SessionAdapter, SessionId, SessionMeta } from "../../ports/index.ts";
import { EventsGoneError } from "../../ports/index.ts";
import { assert, assertEqual, assertRejects, assertString, settle } from "../assert.ts";
import type { ContractCase, MakeInstances } from "../contract.ts";
import { two } from "../instances.ts";

export type SessionCase = ContractCase<SessionAdapter>;

export interface ReplayedEvent {
  readonly eventId: EventId;
  readonly message: unknown;
}

/** An adapter that offers these of the optional methods. */
export type Offering<K extends keyof SessionAdapter> = SessionAdapter & Required<Pick<SessionAdapter, K>>;

/** Two instances that offer these methods; the case's `requires` has seen to it. */
export async function twoWith<K extends keyof SessionAdapter>(
  makeInstances: MakeInstances<SessionAdapter>,
  ..._methods: readonly K[]
): Promise<[Offering<K>, Offering<K>]> {
  return (await two(makeInstances)) as [Offering<K>, Offering<K>];
}

/** Pairs of ids that are different, and the same text once they are joined. */
export function lookAlikes(
  start: string,
): (readonly [long: readonly [string, string], short: readonly [string, string]])[] {
  return [":", "_", "/", "-", "."].map((separator) => [
    [`${start}${separator}x`, "y"],
    [start, `x${separator}y`],
  ]);
}

export function meta(name = "contract"): SessionMeta {
  return { protocolVersion: "contract-test", clientInfo: { name, version: "1.0.0" } };
}

export async function openSession(adapter: SessionAdapter, name?: string): Promise<SessionId> {
  const id = adapter.generateSessionId();
  await adapter.create(id, meta(name));
  return id;
}

/** A session under an id that a run before this one may have left behind. */
export async function openSessionAs(adapter: SessionAdapter, id: SessionId, name = id): Promise<void> {
  await adapter.delete(id);
  await adapter.create(id, meta(name));
}

/** Creates a session under the id of a deleted one; `false` where the adapter refuses to. */
export async function reopened(adapter: SessionAdapter, id: SessionId): Promise<boolean> {
  return (await settle(() => adapter.create(id, meta()))).status === "fulfilled";
}

export async function append(
  adapter: SessionAdapter,
  id: SessionId,
  streamId: string,
  message: unknown,
): Promise<EventId> {
  const eventId = await adapter.appendEvent(id, streamId, message);
  assertString(eventId, "the id of an appended event");
  return eventId;
}

/** Appends `count` numbered messages, one after the other, by each adapter in turn. */
export async function appendMany(
  adapters: readonly SessionAdapter[],
  id: SessionId,
  streamId: string,
  count: number,
): Promise<ReplayedEvent[]> {
  const events: ReplayedEvent[] = [];
  for (let index = 0; index < count; index++) {
    const adapter = adapters[index % adapters.length];
    assert(adapter !== undefined, "there is an adapter");
    const message = numbered(streamId, index);
    events.push({ eventId: await append(adapter, id, streamId, message), message });
  }
  return events;
}

export function numbered(streamId: string, index: number): unknown {
  return { jsonrpc: "2.0", method: "notifications/message", params: { streamId, index } };
}

/** Everything that follows the event. */
export async function replayed(
  adapter: SessionAdapter,
  id: SessionId,
  lastEventId: EventId,
): Promise<ReplayedEvent[]> {
  const events: ReplayedEvent[] = [];
  await adapter.replay(id, lastEventId, (eventId, message) => {
    events.push({ eventId, message });
  });
  return events;
}

/** The replay is refused with an EventsGoneError before anything is written. */
export async function assertGone(
  adapter: SessionAdapter,
  id: SessionId,
  lastEventId: EventId,
  what: string,
): Promise<void> {
  let written = 0;
  const replay = async () =>
    adapter.replay(id, lastEventId, () => {
      written++;
    });
  await assertRejects(replay, EventsGoneError, `a replay after ${what}`);
  assertEqual(written, 0, `the number of events written after ${what}`);
}

/** What was written are the first of the expected events: none is missing before another, none comes twice. */
export function assertNoGap(written: readonly ReplayedEvent[], expected: readonly ReplayedEvent[]): void {
  assertEqual(written, expected.slice(0, written.length), "what was written before the replay ended");
}
