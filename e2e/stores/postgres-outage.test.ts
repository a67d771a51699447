import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { Pool } from "pg";
import { type Store, StoreUnavailableError } from "slipway";
import { PostgresClientRequestAdapter, PostgresSessionAdapter, postgresStore } from "slipway/postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PostgresServer } from "./postgres-server.ts";
import { remoteStore } from "./remote-store.ts";

// A server of its own, also where DATABASE_URL is set: these tests stop it.
let server: PostgresServer;
const pools: Pool[] = [];

beforeAll(async () => {
  server = await PostgresServer.make();
});

afterAll(async () => {
  for (const pool of pools) await pool.end();
  await server?.remove();
});

function pool(): Pool {
  const made = new Pool({ connectionString: server.url, max: 4 });
  // Also of those that no store uses: the server is stopped while they are idle.
  made.on("error", () => {});
  pools.push(made);
  return made;
}

test("while the server is away everything is refused at once, and goes on when it returns", async () => {
  const [here, there] = [postgresStore(pool()), postgresStore(pool())];
  const id = here.sessions.generateSessionId();
  await here.sessions.create(id, { protocolVersion: "test" });
  const first = (await here.sessions.appendEvent(id, "stream", "first")) ?? "";
  const heard: unknown[] = [];
  // Told once at least: a connection that is lost twice may have missed something twice.
  const missed = { here: false, there: false };
  const stops = [
    await here.bus.subscribe(
      () => {},
      () => {
        missed.here = true;
      },
    ),
    await there.bus.subscribe(
      (message) => void heard.push(message),
      () => {
        missed.there = true;
      },
    ),
  ];
  const wait = there.clientRequests.createPending(id, "question", { timeoutMs: 60_000 });
  await wait.ready;

  await server.stop();
  const start = Date.now();
  for (const attempt of [
    () => here.sessions.get(id),
    () => here.sessions.appendEvent(id, "stream", "lost"),
    () => here.tasks.get("task"),
    () => here.handles.read("handle", 1_000),
    () => here.journals.get("journal"),
    () => here.bus.publish({ text: "lost" }),
    () => here.clientRequests.resolvePending(id, "question", "lost"),
    () => here.ready(),
  ])
    await expect((async () => attempt())()).rejects.toThrow(StoreUnavailableError);
  expect(Date.now() - start).toBeLessThan(8 * 2_500);
  await server.start();

  await expect.poll(() => missed, { timeout: 10_000 }).toEqual({ here: true, there: true });
  await here.ready();
  expect((await here.sessions.get(id))?.meta).toEqual({ protocolVersion: "test" });
  await here.sessions.appendEvent(id, "stream", "second");
  const messages: unknown[] = [];
  await there.sessions.replay(id, first, (_, message) => void messages.push(message));
  expect(messages).toEqual(["second"]);
  await expect
    .poll(async () => {
      await here.bus.publish({ text: "back" });
      return heard[0];
    })
    .toEqual({ text: "back" });
  expect(await here.clientRequests.resolvePending(id, "question", { result: 1 })).toBe(true);
  expect(await wait.promise).toEqual({ result: 1 });
  for (const stop of stops) await stop();
  await here.close();
  await there.close();
});

/** Events after an id. */
async function after({ sessions }: Store, id: string, eventId: string): Promise<[string, unknown][]> {
  const events: [string, unknown][] = [];
  await sessions.replay(id, eventId, (each, message) => void events.push([each, message]));
  return events;
}

test("what a server that hung does late is done once, however often it was tried", async () => {
  const store = postgresStore(pool(), { commandTimeoutMs: 300 });
  const { sessions } = store;
  const id = sessions.generateSessionId();
  await sessions.create(id, { protocolVersion: "test" });
  await sessions.beginCall?.(id, "call", { request: {} }, "owner");
  const first = (await sessions.appendEvent(id, "stream", "first")) ?? "";
  const begun = (await sessions.appendCallEvent?.(id, "call", "owner", "begun", false)) ?? "";
  const append = async () => sessions.appendEvent(id, "stream", "second");
  const tell = async () => sessions.appendCallEvent?.(id, "call", "owner", "progress", false);
  const begin = async () => sessions.beginCall?.(id, "new", { request: {} }, "owner");
  // A connection for each.
  await Promise.all([store.ready(), store.ready(), store.ready()]);
  server.pause();
  for (let attempt = 0; attempt < 2; attempt++)
    for (const { status } of await Promise.allSettled([append(), tell(), begin()]))
      expect(status).toBe("rejected");
  server.resume();
  await expect.poll(async () => sessions.getCall?.(id, "new"), { timeout: 5_000 }).toBeDefined();
  await begin();
  const ids = [await append(), await tell()];
  // Another event with the same text is no other attempt.
  ids.push(await append());
  const end = async () => sessions.appendCallEvent?.(id, "call", "owner", "end", true);
  server.pause();
  await expect(end()).rejects.toThrow(StoreUnavailableError);
  server.resume();
  await expect.poll(async () => sessions.getCall?.(id, "call"), { timeout: 5_000 }).toBeUndefined();
  ids.push(await end());
  expect(await after(store, id, first)).toEqual([
    [ids[0], "second"],
    [ids[2], "second"],
  ]);
  expect(await after(store, id, begun)).toEqual([
    [ids[1], "progress"],
    [ids[3], "end"],
  ]);
});

test("an event is in the log once when an earlier attempt is done after a later one", async () => {
  const watched = pool();
  const store = postgresStore(watched, { commandTimeoutMs: 300 });
  const { sessions } = store;
  const id = sessions.generateSessionId();
  await sessions.create(id, { protocolVersion: "test" });
  const first = (await sessions.appendEvent(id, "stream", "first")) ?? "";
  // The one connection that there is, and so the one of the next command.
  const [backend] = (await watched.query("SELECT pg_backend_pid() AS pid")).rows as { pid: number }[];
  const pid = backend?.pid ?? 0;
  process.kill(pid, "SIGSTOP");
  await expect((async () => sessions.appendEvent(id, "stream", "second"))()).rejects.toThrow(
    StoreUnavailableError,
  );
  const ids = [
    await sessions.appendEvent(id, "stream", "second"),
    await sessions.appendEvent(id, "stream", "third"),
  ];
  process.kill(pid, "SIGCONT");
  const gone = async () =>
    (await watched.query("SELECT 1 FROM pg_stat_activity WHERE pid = $1", [pid])).rows.length;
  await expect.poll(gone, { timeout: 5_000 }).toBe(0);
  expect(await after(store, id, first)).toEqual([
    [ids[0], "second"],
    [ids[1], "third"],
  ]);
});

test("instances that live do not look dead after the server was away for longer than they may be silent", async () => {
  const open = () => postgresStore(pool(), { deadAfterMs: 1_200, commandTimeoutMs: 300 });
  const stores = [open(), open()];
  const ids = stores.map(({ bus }) => bus.instanceId);
  for (const { bus } of stores)
    await bus.subscribe(
      () => {},
      () => {},
    );
  await server.stop();
  await new Promise((resolve) => setTimeout(resolve, 1_600));
  await server.start();
  // One that was not there before is to know as well.
  stores.push(open());
  const alive = new Set<boolean>();
  for (const until = Date.now() + 1_500; Date.now() < until; )
    for (const { bus } of stores)
      for (const id of ids) {
        try {
          alive.add(await bus.isAlive(id));
        } catch (error) {
          expect(error).toBeInstanceOf(StoreUnavailableError);
        }
      }
  expect([...alive]).toEqual([true]);
  // One that has left is known to have.
  await stores[0]?.close();
  expect(await stores[1]?.bus.isAlive(ids[0] ?? "")).toBe(false);
  await stores[1]?.close();
});

test("a connection that is lost between two statements costs its command, not the process", async () => {
  const [plain, watched] = [pool(), pool()];
  const store = postgresStore(watched);
  await store.ready();
  let ended = 0;
  // Each connection is ended from outside before its statement is sent, twice.
  watched.on("acquire", (client) => {
    if (ended === 2) return;
    ended++;
    const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>;
    const gone = new Promise<void>((resolve) => void client.once("end", () => resolve()));
    const afterwards = async (...args: unknown[]) => {
      await plain.query("SELECT pg_terminate_backend($1)", [Reflect.get(client, "processID")]);
      await gone;
      return query(...args);
    };
    Reflect.set(client, "query", afterwards);
  });
  for (let command = 0; command < 2; command++)
    await expect((async () => store.tasks.get("task"))()).rejects.toThrow(StoreUnavailableError);
  expect(ended).toBe(2);
  expect(await store.tasks.get("task")).toBeUndefined();
  await store.close();
});

test("a connection that ends in the moment in which it is ready costs its command, not the process", async () => {
  const { hostname, port } = new URL(server.url);
  // As from a server that shuts down: the end comes in one piece with the beginning.
  const fields = ["SFATAL", "VFATAL", "C57P01", "Mterminating connection due to administrator command", ""];
  const text = Buffer.from(fields.map((field) => `${field}\0`).join(""));
  const end = Buffer.concat([Buffer.from("E"), Buffer.alloc(4), text]);
  end.writeInt32BE(text.length + 4, 1);
  let ends = 2;
  const proxy = createServer((socket) => {
    const link = connect(Number(port), hostname);
    socket.pipe(link);
    link.on("data", (chunk) => {
      const ready = chunk.subarray(-6).toString("latin1") === "Z\0\0\0\x05I";
      if (ready && ends-- > 0) socket.end(Buffer.concat([chunk, end]));
      else socket.write(chunk);
    });
    for (const [one, other] of [
      [socket, link],
      [link, socket],
    ] as const)
      one.on("error", () => {}).on("close", () => other.destroy());
  }).listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const url = new URL(server.url);
  url.port = String((proxy.address() as AddressInfo).port);
  const made = new Pool({ connectionString: url.href, max: 2 });
  const store = postgresStore(made);
  for (let command = 0; command < 2; command++)
    await expect((async () => store.tasks.get("task"))()).rejects.toThrow(StoreUnavailableError);
  expect(await store.tasks.get("task")).toBeUndefined();
  await made.end();
  proxy.close();
});

test("an answer that cannot be read when the bell rings is read soon after", async () => {
  const watched = pool();
  const connect = watched.connect.bind(watched) as () => Promise<never>;
  let failures = 0;
  let fails = false;
  watched.connect = (() => {
    if (!fails) return connect();
    failures++;
    return Promise.reject(Object.assign(new Error("refused"), { code: "ECONNREFUSED" }));
  }) as typeof watched.connect;
  const [here, there] = [postgresStore(watched), postgresStore(pool())];
  const wait = here.clientRequests.createPending("session", "late", { timeoutMs: 60_000 });
  await wait.ready;
  fails = true;
  expect(await there.clientRequests.resolvePending("session", "late", { result: 1 })).toBe(true);
  await expect.poll(() => failures).toBeGreaterThan(0);
  fails = false;
  expect(await wait.promise).toEqual({ result: 1 });
  await here.close();
  await there.close();
}, 10_000);

test("a server that cannot be reached is told within the time of a command", async () => {
  const unreachable = { connect: () => new Promise<never>(() => {}), on: () => {} };
  const store = postgresStore(unreachable, { commandTimeoutMs: 100 });
  const start = Date.now();
  await expect(store.ready()).rejects.toThrow(/Postgres did not answer within 100 ms/);
  await expect((async () => store.sessions.get("id"))()).rejects.toThrow(StoreUnavailableError);
  const wait = store.clientRequests.createPending("id", 1);
  await wait.ready;
  await expect(wait.promise).rejects.toThrow(StoreUnavailableError);
  expect(Date.now() - start).toBeLessThan(2_000);
});

test("what a process has acknowledged outlives its death, in order and without a gap", async () => {
  const schema = "killed";
  const doomed = await remoteStore("postgres", server.url, { schema });
  const id = doomed.sessions.generateSessionId();
  await doomed.sessions.create(id, { protocolVersion: "test" });
  const begin = (await doomed.sessions.openStream?.(id, "stream")) ?? "";
  const acknowledged: string[] = [];
  for (let index = 0; index < 500; index++) {
    const appended = doomed.sessions.appendEvent(id, "stream", { index });
    void Promise.resolve(appended).then(
      (eventId) => acknowledged.push(eventId ?? ""),
      () => {},
    );
    if (index === 20) await appended;
  }
  await doomed.kill();

  const sessions = new PostgresSessionAdapter(pool(), { schema });
  const kept: string[] = [];
  const messages: unknown[] = [];
  await sessions.replay(id, begin, (eventId, message) => {
    kept.push(eventId);
    messages.push(message);
  });
  expect(acknowledged.length).toBeGreaterThan(20);
  expect(kept.slice(0, acknowledged.length)).toEqual(acknowledged);
  expect(messages).toEqual(messages.map((_, index) => ({ index })));
});

test("many that begin at once make the schema once, and one that a newer slipway made is refused", async () => {
  const schema = "versions";
  const stores = Array.from({ length: 8 }, () => postgresStore(pool(), { schema }));
  await Promise.all(stores.map((store) => store.ready()));
  const admin = pool();
  expect((await admin.query(`SELECT count(*)::int AS count FROM ${schema}.migrations`)).rows).toEqual([
    { count: 1 },
  ]);
  await admin.query(`INSERT INTO ${schema}.migrations (version) VALUES (1000)`);
  await expect(postgresStore(admin, { schema }).ready()).rejects.toThrow(
    /^The Postgres schema "versions" has version 1000, and this version of slipway knows versions up to 3; /,
  );
});

test("the adapters are usable alone, and an answer finds the wait of another", async () => {
  const [asking, answering] = [
    new PostgresClientRequestAdapter(pool()),
    new PostgresClientRequestAdapter(pool()),
  ];
  const wait = asking.createPending("session", 1);
  await wait.ready;
  expect(await answering.resolvePending("session", 1, { result: "yes" })).toBe(true);
  expect(await wait.promise).toEqual({ result: "yes" });
});
