import { describe, expect, test } from "vitest";
import { failures, later, type Mutant, remote, shared } from "../../../test/mutants.ts";
import type {
  SessionAdapter,
  SessionChange,
  SessionMeta,
  SessionState,
  WriteFunction,
} from "../../ports/index.ts";
import { EventsGoneError } from "../../ports/index.ts";
import { InMemorySessionAdapter } from "../../stores/memory/index.ts";
import { type ContractSettings, runContract, sessionContract } from "../index.ts";

test("an adapter with only the seven methods keeps every case that requires no more", async () => {
  const report = await runContract(sessionContract, { makeInstances: shared(() => new SevenMethods()) });
  expect(report.failed).toEqual([]);
  expect(report.passed).toHaveLength(35);
  expect(report.skipped).toHaveLength(61);
  expect(report.skipped[0]).toEqual({
    name: "a session that is used lives on, one that is not expires with its events",
    reason: "the adapter does not offer idleTimeoutMs",
  });
});

test("adapters that answer later, each over its own connection, keep the contract", async () => {
  const report = await runContract(sessionContract, {
    abilities: ["idleTimeoutMs", "maxSessions", "maxEventBufferSize"],
    makeInstances: (count, settings) => {
      const server = new InMemorySessionAdapter(settings);
      return Array.from({ length: count }, () => remote(server));
    },
  });
  expect(report.failed).toEqual([]);
  expect(report.skipped).toEqual([]);
  expect(report.passed).toHaveLength(96);
});

const memory = InMemorySessionAdapter;

const mutants: Mutant<SessionAdapter>[] = [
  [
    "gives session ids in sequence",
    (settings) => {
      let last = 0;
      return new memory({
        ...settings,
        generateSessionId: () => `session-${String(++last).padStart(16, "0")}`,
      });
    },
    "a generated session id is visible ASCII, unguessable and never repeats",
  ],
  [
    "forgets a part of the meta",
    (settings) =>
      new (class extends memory {
        override create(id: string, { principal: _, ...rest }: SessionMeta) {
          return super.create(id, rest);
        }
      })(settings),
    "what initialize settled comes back whole",
  ],
  [
    "keeps sessions in a plain object",
    (settings) =>
      new (class extends memory {
        readonly #seen: { [id: string]: boolean } = {};
        override has(id: string) {
          return Boolean(this.#seen[id]) || super.has(id);
        }
      })(settings),
    "a session that was never created does not exist",
  ],
  [
    "does not delete",
    (settings) =>
      new (class extends memory {
        override delete() {}
      })(settings),
    "a deleted session exists on no instance",
  ],
  [
    "rejects a second delete",
    (settings) =>
      new (class extends memory {
        override delete(id: string) {
          if (!this.has(id)) throw new Error("no such session");
          super.delete(id);
        }
      })(settings),
    "deleting a session that does not exist is no error",
  ],
  [
    "takes ids without regard to case",
    (settings) =>
      new (class extends memory {
        override create(id: string, meta: SessionMeta) {
          if (super.has(id.toLowerCase())) super.delete(id.toLowerCase());
          return super.create(id.toLowerCase(), meta);
        }
        override has(id: string) {
          return super.has(id.toLowerCase());
        }
        override get(id: string) {
          return super.get(id.toLowerCase());
        }
        override delete(id: string) {
          super.delete(id.toLowerCase());
        }
      })(settings),
    "sessions whose ids look alike are different sessions",
  ],
  [
    "lets a used session expire",
    (settings) =>
      new (class extends memory {
        override get(id: string) {
          return this.has(id) ? { meta: super.get(id)?.meta ?? { protocolVersion: "" } } : undefined;
        }
        override has(id: string) {
          const born = this.#born[id] ?? Date.now();
          this.#born[id] = born;
          return Date.now() - born < (settings?.idleTimeoutMs ?? 1e9) && super.has(id);
        }
        readonly #born: { [id: string]: number } = {};
      })(settings),
    "a session that is used lives on, one that is not expires with its events",
  ],
  [
    "never lets a session expire",
    (settings) => new memory({ ...settings, idleTimeoutMs: Number.POSITIVE_INFINITY }),
    "a session that is used lives on, one that is not expires with its events",
  ],
  [
    "ends the oldest session when it is full",
    (settings) =>
      new (class extends memory {
        readonly #ids: string[] = [];
        override create(id: string, meta: SessionMeta) {
          this.#ids.push(id);
          if (this.#ids.length > (settings?.maxSessions ?? 1e9)) this.delete(this.#ids.shift() ?? "");
          return super.create(id, meta);
        }
      })(settings),
    "a full adapter refuses a session and takes one again when another has ended",
  ],
  [
    "mixes two creates of one id",
    (settings) =>
      new (class extends Remote {
        override async create(id: string, meta: SessionMeta) {
          const unknown = !(await this.has(id));
          await later();
          if (!unknown) throw new Error("in use");
          if (this.server.has(id)) this.server.delete(id);
          this.server.create(id, { ...meta, clientInfo: { name: "mixed", version: meta.protocolVersion } });
          return { meta };
        }
      })(new memory(settings)),
    "one id created many times at once is one session, the same on every instance",
  ],
  [
    "writes a session back after it was read",
    (settings) =>
      new (class extends Remote {
        override async get(id: string) {
          const data = await super.get(id);
          await later();
          if (data !== undefined && !this.server.has(id)) this.server.create(id, data.meta);
          return data;
        }
      })(new memory(settings)),
    "reading a session while it is deleted does not bring it back",
  ],
  [
    "drops an event",
    (settings) => replaying(settings, (events) => events.filter((_, index) => index !== 3)),
    "events are replayed in the order of their appends, under the ids that the appends gave",
  ],
  [
    "reorders two events",
    (settings) => replaying(settings, (events) => [...events.slice(0, -2), ...events.slice(-2).reverse()]),
    "a replay begins right after the event that it is given",
  ],
  [
    "writes the last event again",
    (settings) => replaying(settings, (events) => [...events, ...events.slice(-1)]),
    "many replays at once each get everything",
  ],
  [
    "begins with the event that was seen",
    (settings) =>
      new (class extends memory {
        override replay(id: string, eventId: string, write: WriteFunction) {
          return super.replay(
            id,
            eventId.replace(/[1-9]$/, (digit) => String(Number(digit) - 1)),
            write,
          );
        }
      })(settings),
    "a replay after the last event writes nothing",
  ],
  [
    "keeps one log for all streams",
    (settings) =>
      new (class extends memory {
        override appendEvent(id: string, _: string, message: unknown) {
          return super.appendEvent(id, "all", message);
        }
      })(settings),
    "events of another stream are never replayed",
  ],
  [
    "cuts the stream's id at the separator",
    (settings) =>
      new (class extends memory {
        override appendEvent(id: string, streamId: string, message: unknown) {
          return super.appendEvent(id, streamId.split("_")[0] ?? "", message);
        }
      })(settings),
    "events of another stream are never replayed",
  ],
  [
    "keeps one log for all sessions",
    (settings) =>
      new (class extends memory {
        #all: string | undefined;
        override create(id: string, meta: SessionMeta) {
          this.#all ??= super.create("all", meta) && "all";
          return super.create(id, meta);
        }
        override appendEvent(_: string, streamId: string, message: unknown) {
          return super.appendEvent("all", streamId, message);
        }
        override replay(_: string, eventId: string, write: WriteFunction) {
          return super.replay("all", eventId, write);
        }
      })(settings),
    "events of another session are never replayed",
  ],
  [
    "gives ids that other streams have too",
    (settings) =>
      new (class extends memory {
        override appendEvent(id: string, streamId: string, message: unknown) {
          return super.appendEvent(id, streamId, message)?.replace(/^.*_/, "");
        }
      })(settings),
    "an event id is unique in its session",
  ],
  [
    "keeps messages in Latin-1",
    (settings) =>
      new (class extends memory {
        override appendEvent(id: string, streamId: string, message: unknown) {
          const text = JSON.stringify(message).replace(/[^\0-\xff]/g, "?");
          return super.appendEvent(id, streamId, JSON.parse(text));
        }
      })(settings),
    "a message comes back as it went in",
  ],
  [
    "cuts a long message",
    (settings) =>
      new (class extends memory {
        override appendEvent(id: string, streamId: string, message: unknown) {
          const cut = JSON.stringify(message).length > 500_000 ? "too long" : message;
          return super.appendEvent(id, streamId, cut);
        }
      })(settings),
    "a message of a mebibyte comes back whole",
  ],
  [
    "creates the session that is appended to",
    (settings) =>
      new (class extends memory {
        override appendEvent(id: string, streamId: string, message: unknown) {
          if (!this.has(id)) this.create(id, { protocolVersion: "" });
          return super.appendEvent(id, streamId, message);
        }
      })(settings),
    "an append to a session that does not exist keeps nothing",
  ],
  [
    "does not keep the order of appends that are under way",
    (settings) =>
      new (class extends Remote {
        #count = 0;
        override async appendEvent(id: string, streamId: string, message: unknown) {
          if (this.#count++ % 2 === 0) await later();
          return super.appendEvent(id, streamId, message);
        }
      })(new memory(settings)),
    "appends that do not wait for each other keep their order",
  ],
  [
    "loses an append that another overtakes",
    (settings) => new ReadModifyWrite(new memory(settings)),
    "appends by many at once are each kept once, every instance's own in order",
  ],
  [
    "numbers an event before it can be seen",
    (settings) => new LateCommit(new memory(settings)),
    "a client that resumes while many append at once gets each event once, in the order of the log",
  ],
  [
    "skips what was trimmed",
    (settings) =>
      new (class extends memory {
        override async replay(id: string, eventId: string, write: WriteFunction) {
          const [, stream = "", sequence = "0"] = /^(.*)_(\d+)$/.exec(eventId) ?? [];
          for (let from = Number(sequence); from < Number(sequence) + 2000; from++) {
            const refused = await super.replay(id, `${stream}_${from}`, write).then(
              () => false,
              () => true,
            );
            if (!refused) return;
          }
          throw new EventsGoneError();
        }
      })(settings),
    "a replay past trimmed events is refused, one past held events is whole",
  ],
  [
    "skips what is trimmed while it replays",
    (settings) =>
      new (class extends memory {
        override async replay(id: string, eventId: string, write: WriteFunction) {
          let last = eventId;
          try {
            await super.replay(id, eventId, async (each, message) => {
              last = each;
              await write(each, message);
            });
          } catch (error) {
            const next = this.openStream(id, "stream");
            if (last === eventId || next === undefined) throw error;
            await super.replay(id, next, write);
          }
        }
      })(settings),
    "a replay that trimming overtakes leaves nothing out in silence",
  ],
  [
    "holds fewer events than it was asked for",
    (settings) =>
      new memory({ ...settings, maxEventBufferSize: Math.min(settings?.maxEventBufferSize ?? 1024, 4) || 4 }),
    "a replay past trimmed events is refused, one past held events is whole",
  ],
  [
    "never trims",
    (settings) => new memory({ ...settings, maxEventBufferSize: 100_000 }),
    "a replay past trimmed events is refused, one past held events is whole",
  ],
  [
    "takes any event id",
    (settings) =>
      new (class extends memory {
        override async replay(id: string, eventId: string, write: WriteFunction) {
          if (this.streamOf(eventId) !== undefined) await super.replay(id, eventId, write);
        }
      })(settings),
    "an event id that was never given is refused",
  ],
  [
    "keeps the events of a deleted session",
    (settings) =>
      new (class extends memory {
        readonly #deleted = new Set<string>();
        override has(id: string) {
          return !this.#deleted.has(id) && super.has(id);
        }
        override get(id: string) {
          return this.#deleted.has(id) ? undefined : super.get(id);
        }
        override delete(id: string) {
          this.#deleted.add(id);
        }
        override create(id: string, meta: SessionMeta) {
          return this.#deleted.delete(id) ? { meta } : super.create(id, meta);
        }
      })(settings),
    "the event ids of a session that has ended are refused",
  ],
  [
    "does not wait for a write",
    (settings) =>
      new (class extends memory {
        override replay(id: string, eventId: string, write: WriteFunction) {
          return super.replay(id, eventId, (each, message) => void settled(write(each, message)));
        }
      })(settings),
    "a replay waits for each write before it begins the next",
  ],
  [
    "goes on after a write that failed",
    (settings) =>
      new (class extends memory {
        override replay(id: string, eventId: string, write: WriteFunction) {
          return super.replay(id, eventId, (each, message) => settled(write(each, message)));
        }
      })(settings),
    "a write that fails ends the replay with its error",
  ],
  [
    "gives the place after a stream's first event as its start",
    (settings) =>
      new (class extends memory {
        override openStream(id: string, streamId: string) {
          return super.openStream(id, streamId)?.replace(/_0$/, "_1");
        }
      })(settings),
    "openStream gives an id that stands before the first event",
  ],
  [
    "gives every stream the same start",
    (settings) =>
      new (class extends memory {
        override openStream(id: string, streamId: string) {
          return super.openStream(id, streamId) && "start";
        }
      })(settings),
    "the ids that openStream gives are unique in the session and fit into a header",
  ],
  [
    "opens a session with a stream",
    (settings) =>
      new (class extends memory {
        override openStream(id: string, streamId: string) {
          if (!this.has(id)) this.create(id, { protocolVersion: "" });
          return super.openStream(id, streamId);
        }
      })(settings),
    "opening a stream does not bring a deleted session back",
  ],
  [
    "reads the stream's id up to the first separator",
    (settings) =>
      new (class extends memory {
        override streamOf(eventId: string) {
          return eventId.split("_")[0] || undefined;
        }
      })(settings),
    "streamOf names the stream of an event",
  ],
  [
    "throws at an odd event id",
    (settings) =>
      new (class extends memory {
        override streamOf(eventId: string) {
          return super.streamOf(decodeURIComponent(eventId));
        }
      })(settings),
    "streamOf answers any text with a stream or undefined",
  ],
  [
    "closes every stream whose id begins alike",
    (settings) =>
      new (class extends memory {
        override async replay(id: string, eventId: string, write: WriteFunction) {
          if ([...this.#closed].some((closed) => eventId.startsWith(closed))) throw new EventsGoneError();
          await super.replay(id, eventId, write);
        }
        override closeStream(id: string, streamId: string) {
          if (super.has(id)) this.#closed.add(streamId);
        }
        readonly #closed = new Set<string>();
      })(settings),
    "closing a stream leaves other streams as they are",
  ],
  [
    "replaces the state",
    (settings) =>
      new (class extends memory {
        override updateState(id: string, change: SessionChange) {
          for (const uri of super.get(id)?.state?.subscriptions ?? [])
            super.updateState(id, { unsubscribe: uri });
          super.updateState(id, { logLevel: "info", ...change });
        }
      })(settings),
    "what a change of the state leaves out stays as it was",
  ],
  [
    "cuts a long resource's URI",
    (settings) =>
      new (class extends memory {
        override updateState(id: string, { subscribe, ...change }: SessionChange) {
          super.updateState(id, { ...change, subscribe: subscribe?.slice(0, 500) });
        }
      })(settings),
    "a changed state is known to every instance, and the meta stays",
  ],
  [
    "counts subscriptions",
    (settings) =>
      new (class extends memory {
        readonly #counts = new Map<string, number>();
        override updateState(id: string, change: SessionChange) {
          const uri = change.subscribe ?? change.unsubscribe ?? "";
          const count = Math.max(0, (this.#counts.get(uri) ?? 0) + (change.subscribe === undefined ? -1 : 1));
          this.#counts.set(uri, count);
          if (change.unsubscribe === undefined || count === 0) super.updateState(id, change);
        }
      })(settings),
    "subscribing twice is one subscription, and taking away what is not subscribed is no error",
  ],
  [
    "reads and writes the state in two steps",
    (settings) => new WholeState(new memory(settings)),
    "changes of different parts of the state at once are all kept",
  ],
  [
    "reads and writes the subscriptions in two steps",
    (settings) => new WholeState(new memory(settings)),
    "subscriptions of different resources at once are all kept, and all taken away",
  ],
  [
    "keeps the state of a deleted session",
    (settings) =>
      new (class extends memory {
        readonly #states = new Map<string, SessionState>();
        override updateState(id: string, change: SessionChange) {
          super.updateState(id, change);
          this.#states.set(id, super.get(id)?.state ?? this.#states.get(id) ?? {});
        }
        override get(id: string) {
          const data = super.get(id);
          return data && { ...data, state: this.#states.get(id) };
        }
      })(settings),
    "a changed state ends with its session",
  ],
];

describe("a broken adapter is caught that", () => {
  test.each(mutants)("%s", async (_, make, caughtBy) => {
    expect(await failures(sessionContract, caughtBy, make, 4000)).toEqual([caughtBy]);
  });

  test("keeps what it holds from its other instances", async () => {
    const makeInstances = (count: number) =>
      Array.from({ length: count }, () => new InMemorySessionAdapter());
    const report = await runContract(sessionContract, { makeInstances });
    expect(report.failed.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        "a session that one instance creates is known to every instance",
        "events are replayed in the order of their appends, under the ids that the appends gave",
        "a changed state is known to every instance, and the meta stays",
      ]),
    );
  });
});

async function settled(work: unknown): Promise<void> {
  try {
    await work;
  } catch {}
}

/** An adapter that alters what it replays. */
function replaying(
  settings: ContractSettings | undefined,
  alter: (events: [eventId: string, message: unknown][]) => [eventId: string, message: unknown][],
): SessionAdapter {
  return new (class extends InMemorySessionAdapter {
    override async replay(id: string, eventId: string, write: WriteFunction) {
      const events: [string, unknown][] = [];
      await super.replay(id, eventId, (each, message) => void events.push([each, message]));
      for (const [each, message] of alter(events)) await write(each, message);
    }
  })(settings);
}

/** Only what `SessionAdapter` requires, with numbers as event ids. */
class SevenMethods implements SessionAdapter {
  readonly #sessions = new Map<
    string,
    { meta: SessionMeta; events: { streamId: string; message: unknown }[] }
  >();

  generateSessionId() {
    return crypto.randomUUID();
  }
  async create(id: string, meta: SessionMeta) {
    this.#sessions.set(id, { meta: structuredClone(meta), events: [] });
    return { meta };
  }
  async has(id: string) {
    return this.#sessions.has(id);
  }
  async get(id: string) {
    const session = this.#sessions.get(id);
    return session && { meta: session.meta };
  }
  async appendEvent(id: string, streamId: string, message: unknown) {
    const events = this.#sessions.get(id)?.events;
    return events && String(events.push({ streamId, message: structuredClone(message) }));
  }
  async replay(id: string, lastEventId: string, write: WriteFunction) {
    const events = this.#sessions.get(id)?.events ?? [];
    const last = events.find((_, index) => String(index + 1) === lastEventId);
    if (last === undefined) throw new EventsGoneError("unknown");
    for (let index = Number(lastEventId); index < events.length; index++) {
      const event = events[index];
      if (event?.streamId === last.streamId) await write(String(index + 1), event.message);
    }
  }
  async delete(id: string) {
    this.#sessions.delete(id);
  }
}

/** One connection to a server: what is asked first arrives first, and every answer comes later. */
class Remote implements SessionAdapter {
  readonly server: InMemorySessionAdapter;
  constructor(server: InMemorySessionAdapter) {
    this.server = server;
  }
  generateSessionId() {
    return this.server.generateSessionId();
  }
  async #ask<T>(work: (server: InMemorySessionAdapter) => T): Promise<T> {
    await later();
    const answer = await work(this.server);
    await later();
    return answer;
  }
  async create(id: string, meta: SessionMeta) {
    return this.#ask((server) => server.create(id, structuredClone(meta)));
  }
  async has(id: string) {
    return this.#ask((server) => server.has(id));
  }
  async get(id: string) {
    return this.#ask((server) => server.get(id));
  }
  async appendEvent(id: string, streamId: string, message: unknown) {
    return this.#ask((server) => server.appendEvent(id, streamId, message));
  }
  async replay(id: string, lastEventId: string, write: WriteFunction) {
    await this.#ask((server) => server.replay(id, lastEventId, write));
  }
  async delete(id: string) {
    return this.#ask((server) => server.delete(id));
  }
  async openStream(id: string, streamId: string) {
    return this.#ask((server) => server.openStream(id, streamId));
  }
  streamOf(eventId: string) {
    return this.server.streamOf(eventId);
  }
  async closeStream(id: string, streamId: string) {
    return this.#ask((server) => server.closeStream(id, streamId));
  }
  async updateState(id: string, change: SessionChange) {
    return this.#ask((server) => server.updateState(id, change));
  }
}

/** A log that every append reads and then writes as a whole. */
class ReadModifyWrite extends Remote {
  #log: unknown[] = [];
  override async appendEvent(_: string, streamId: string, message: unknown) {
    const log = this.#log;
    await later();
    this.#log = [...log, message];
    return `${streamId}_${this.#log.length}`;
  }
  override async replay(_: string, lastEventId: string, write: WriteFunction) {
    const last = Number(lastEventId.replace(/^.*_/, ""));
    for (const [index, message] of this.#log.slice(last).entries()) {
      await write(`stream_${last + index + 1}`, message);
    }
  }
}

/** A log whose sequence is taken at the beginning of an append and written at its end. */
class LateCommit extends Remote {
  #taken = 0;
  readonly #log = new Map<number, unknown>();
  override async appendEvent(_: string, streamId: string, message: unknown) {
    const sequence = ++this.#taken;
    if (sequence % 3 === 0) for (let turn = 0; turn < 5; turn++) await later();
    this.#log.set(sequence, message);
    return `${streamId}_${sequence}`;
  }
  override async replay(_: string, lastEventId: string, write: WriteFunction) {
    const last = Number(lastEventId.replace(/^.*_/, ""));
    const following = [...this.#log.keys()].filter((sequence) => sequence > last).sort((a, b) => a - b);
    for (const sequence of following) await write(`stream_${sequence}`, this.#log.get(sequence));
  }
}

/** A state that every change reads and then writes as a whole. */
class WholeState extends Remote {
  readonly #states = new Map<string, SessionState>();
  override async get(id: string) {
    const data = await super.get(id);
    return data && { ...data, state: this.#states.get(id) };
  }
  override async updateState(id: string, { logLevel, subscribe, unsubscribe }: SessionChange) {
    const before = this.#states.get(id) ?? {};
    await later();
    const kept = (before.subscriptions ?? []).filter((uri) => uri !== unsubscribe && uri !== subscribe);
    this.#states.set(id, {
      logLevel: logLevel ?? before.logLevel,
      subscriptions: subscribe === undefined ? kept : [...kept, subscribe],
    });
  }
}
