import {
  type ClientRequestAdapter,
  type Principal,
  principalKey,
  type SessionAdapter,
} from "../ports/index.ts";
import type { Revision } from "../protocol/eras/index.ts";
import { ERROR_CODES } from "../protocol/errors.ts";
import { nestsDeeperThan } from "../protocol/jsonrpc.ts";
import {
  type Call,
  type Continuation,
  type Limits,
  type Load,
  type Observer,
  type Outcome,
  observed,
  observedAdapter,
  Sealer,
  type ServerCore,
  Subscriptions,
  type TaskChange,
  Tasks,
} from "../server/index.ts";
import {
  InMemoryClientRequestAdapter,
  InMemoryHandleAdapter,
  InMemoryTaskAdapter,
} from "../stores/memory/index.ts";
import { cutShort, handOver, LAST_WORDS_MS, shuttingDown, until } from "./drain.ts";
import type { Exchange, Headers } from "./exchange.ts";
import { Gate } from "./gate.ts";
import { checkMediaTypes, preflight } from "./guards.ts";
import { HttpError } from "./http-error.ts";
import type { HttpSse } from "./http-sse.ts";
import type { Delivered } from "./legacy/event-stream.ts";
import { Fleet } from "./legacy/fleet.ts";
import { Legacy } from "./legacy/legacy.ts";
import { mismatch } from "./modern-headers.ts";
import {
  type HttpSettings,
  type HttpSseOptions,
  type StreamableHttpTransportOptions,
  settingsOf,
} from "./options.ts";
import { Post } from "./post.ts";
import { requestView } from "./request-view.ts";
import { RETRY_SOON } from "./respond.ts";
import { EventSinks } from "./sinks.ts";

/** So many different ones are named of the calls that were cut short. */
const NAMED = 10;

/** One server behind one HTTP address: takes exchanges, from whatever runtime, and answers them. */
export class Endpoint {
  readonly core: ServerCore;
  readonly settings: HttpSettings;
  readonly sinks: EventSinks;
  readonly subscriptions: Subscriptions;
  /** Ends each open `subscriptions/listen` in good order. */
  readonly listening = new Set<() => void>();
  readonly sessions: SessionAdapter | undefined;
  readonly clientRequests: ClientRequestAdapter;
  /** The other instances of the store, where there is one. */
  readonly fleet: Fleet | undefined;
  readonly tasks: Tasks;
  readonly gate: Gate;
  readonly #limits: Limits | undefined;
  readonly observer: Observer | undefined;
  /** Tells the observer how long an event was on its way. */
  readonly delivered: Delivered | undefined;
  /** Serves a call that has come in. */
  readonly dispatch: (call: Call) => Outcome | Promise<Outcome>;
  /** Goes on with a call that another instance has begun. */
  readonly resume: (call: Call) => Outcome | Promise<Outcome>;
  readonly #unwatch: (() => void) | undefined;
  readonly continuation: Continuation;
  readonly legacy: Legacy;
  readonly #httpSse: Promise<HttpSse> | undefined;
  /** Calls that have not ended, and how each can be ended without its handler. */
  readonly #working = new Map<Call, (outcome: Outcome) => void>();
  /** Requests by POST that were taken on and not served yet. */
  taken = 0;
  /** Whether new requests are refused by now. */
  closing = false;

  /** @param name tells what the server keeps and says from what others do that share its store */
  constructor(core: ServerCore, options: StreamableHttpTransportOptions, name = core.options.name) {
    this.core = core;
    this.settings = settingsOf(options);
    this.sinks = new EventSinks(this.settings, options.observe);
    this.subscriptions = new Subscriptions(core.changes);
    const { store, observe: observer, sessionAdapter = store?.sessions } = options;
    this.observer = observer;
    this.delivered =
      observer?.happened &&
      ((at, from) => observer.happened?.({ kind: "delivered", lagMs: Math.max(0, Date.now() - at), from }));
    this.sessions = observedAdapter(observer, "sessions", sessionAdapter ?? undefined);
    this.clientRequests = observedAdapter(
      observer,
      "clientRequests",
      options.clientRequestAdapter ?? store?.clientRequests ?? new InMemoryClientRequestAdapter(),
    );
    if (store !== undefined) this.fleet = new Fleet(store.bus, core, name);
    const { limits } = options;
    this.#limits = limits;
    const run = (call: Call) => this.#run(call);
    this.resume = observed(observer, run);
    this.dispatch = observed(
      observer,
      limits === undefined ? run : (call) => limits.serve(call, () => this.#run(call)),
    );
    this.gate = new Gate(options, core.logger, (exchange, cors, principal) =>
      this.route(exchange, cors, principal),
    );
    this.tasks = new Tasks({
      core,
      name,
      adapter: observedAdapter(
        observer,
        "tasks",
        options.taskAdapter ?? store?.tasks ?? new InMemoryTaskAdapter(),
      ),
      fleet: this.fleet,
      dispatch: observed(observer, (call) => core.dispatch(call, this.continuation)),
      tookOver: () => observer?.happened?.({ kind: "takeover", of: "task" }),
      sessionOf: (id) => this.legacy.sessionOf(id),
      liveSession: (id) => this.legacy.live(id),
    });
    this.continuation = {
      tasks: this.tasks,
      sealer: new Sealer(options.requestState),
      journals: observedAdapter(observer, "journals", options.journalAdapter ?? store?.journals),
      handles: observedAdapter(
        observer,
        "handles",
        options.handleAdapter ?? store?.handles ?? new InMemoryHandleAdapter(),
      ),
    };
    this.legacy = new Legacy(this);
    this.fleet?.start({
      hear: (bell) => {
        if (bell.bell === "left") this.tasks.look();
        if (bell.bell === "task") return this.tasks.hear(bell);
        if (bell.bell === "posted" || bell.bell === "ended")
          void this.#httpSse?.then((older) => older.hear(bell));
        this.legacy.hear(bell);
      },
      missed: () => this.#missed(),
    });
    this.tasks.listen((change) => void this.#tellOfTask(change));
    const { maxCalls, maxStreams } = this.settings;
    this.#unwatch = observer?.watch?.(() => this.load, { transport: "http", maxCalls, maxStreams });
    const { httpSse } = options;
    if (httpSse) this.#httpSse = loadHttpSse(this, httpSse === true ? {} : httpSse);
  }

  /** Never throws: whatever goes wrong is answered. */
  handle(exchange: Exchange, named?: Principal): void {
    this.gate.handle(exchange, named);
  }

  /** Bells were lost: whatever clients watch may have changed. */
  #missed(): void {
    const { changes } = this.core;
    const by = this.fleet?.instanceId;
    for (const kind of ["tools", "prompts", "resources"] as const) {
      changes.publish({ method: `notifications/${kind}/list_changed`, params: undefined }, by);
    }
    for (const uri of new Set([...this.subscriptions.uris(), ...this.legacy.watched()])) {
      changes.publish({ method: "notifications/resources/updated", params: { uri } }, by);
    }
    this.legacy.lookEverywhere();
    void this.#httpSse?.then((older) => older.lookEverywhere());
    this.tasks.missed();
  }

  /** Tells those who watch a task here, and the session that it was made in. */
  async #tellOfTask({ id, session, read }: TaskChange): Promise<void> {
    const live = session === undefined ? undefined : this.legacy.live(session);
    const watched = this.subscriptions.watches(id);
    if (live === undefined && !watched) return;
    try {
      const found = await read();
      if (found === undefined) return;
      const { task, kept } = found;
      if (watched) this.subscriptions.tellTask(task);
      // What a session was told of before may be another's by now.
      if (live?.principal !== principalKey(kept.principal)) return;
      const told = live.revision.tasks?.notification(task);
      if (told !== undefined) live.tell({ jsonrpc: "2.0", ...told });
    } catch (error) {
      this.core.logger.debug("A client could not be told how its task is.", error);
    }
  }

  refuse(exchange: Exchange, cors: Headers, error: unknown): void {
    this.gate.refuse(exchange, cors, error);
  }

  /** Serves an exchange that was let in already. */
  route(exchange: Exchange, cors: Headers, principal: Principal | undefined): void | Promise<void> {
    if (this.#httpSse === undefined) return this.#streamable(exchange, cors, principal);
    return this.#httpSse.then(
      (older) => older.route(exchange, cors, principal) ?? this.#streamable(exchange, cors, principal),
    );
  }

  #streamable(exchange: Exchange, cors: Headers, principal: Principal | undefined): void | Promise<void> {
    switch (exchange.method) {
      case "OPTIONS":
        return exchange.respond(204, preflight(exchange, cors));
      case "POST":
        checkMediaTypes(exchange);
        return exchange.readBody(this.settings.maxBodyBytes, new Post(this, exchange, cors, principal));
      case "GET":
        if (this.core.revisions.handshakes) return this.legacy.get(exchange, cors, principal);
        break;
      case "DELETE":
        if (this.core.revisions.handshakes) return this.legacy.delete(exchange, cors, principal);
        break;
    }
    const allow = this.core.revisions.handshakes ? "GET, POST, DELETE" : "POST";
    throw new HttpError(405, `The MCP endpoint takes ${allow}.`, { headers: [["allow", allow]] });
  }

  /**
   * The revision that a legacy request's header names.
   * @throws RpcError with HTTP status 400 when it names one that is not served, or none where it must
   * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#protocol-version-header
   */
  declaredRevision(exchange: Exchange): Revision {
    const { revisions } = this.core;
    const header = exchange.header("mcp-protocol-version");
    const revision = header === undefined ? revisions.undeclared : revisions.get(header);
    if (revision !== undefined) return revision;
    if (header !== undefined) throw revisions.unsupported(header);
    const supported = revisions.versions;
    const what = `MCP-Protocol-Version is missing; supported are ${supported.join(", ")}`;
    throw mismatch(what, { supported });
  }

  /** @throws HttpError when the body is too long, nests too deep, or is not JSON */
  async readJson(exchange: Exchange): Promise<unknown> {
    const { maxBodyBytes } = this.settings;
    const text = await new Promise<string>((take, fail) => exchange.readBody(maxBodyBytes, { take, fail }));
    return this.parse(text);
  }

  /** @throws HttpError when the text nests too deep, or is not JSON */
  parse(text: string): unknown {
    if (nestsDeeperThan(text, this.settings.maxDepth)) {
      throw new HttpError(400, `The body nests deeper than ${this.settings.maxDepth} levels.`);
    }
    try {
      return JSON.parse(text);
    } catch {
      throw new HttpError(400, "The body is not JSON.", { code: ERROR_CODES.PARSE_ERROR });
    }
  }

  #run(call: Call): Outcome | Promise<Outcome> {
    const outcome = this.core.dispatch(call, this.continuation);
    if (!(outcome instanceof Promise)) return outcome;
    return new Promise((resolve) => {
      const end = (done: Outcome) => {
        this.#working.delete(call);
        resolve(done);
      };
      this.#working.set(call, end);
      void outcome.then(end);
    });
  }

  get load(): Load {
    const { sinks, working, legacy, tasks } = this;
    let asks = 0;
    for (const call of this.#working.keys()) asks += call.waiting;
    return { streams: sinks.size, calls: working, sessions: legacy.size, tasks: tasks.size, asks };
  }

  /** Whether something goes on that would end with it. */
  get busy(): boolean {
    return this.#working.size + this.sinks.size + this.tasks.size + this.legacy.size > 0;
  }

  /**
   * Makes sure that there is room for requests. Answers and cancellations are taken all the same, since running calls
   * wait for them.
   * @throws HttpError 503
   */
  checkRoom(): void {
    this.checkOpen();
    const { maxCalls } = this.settings;
    if (this.#working.size < maxCalls) return;
    const message = `${maxCalls} requests are being served already: send the request again a little later.`;
    throw new HttpError(503, message, { headers: RETRY_SOON });
  }

  /** @throws HttpError 503 when the server is shutting down */
  checkOpen(): void {
    if (this.closing) throw shuttingDown();
  }

  /** More requests have come in at once than one. */
  admitMore(count: number, exchange: Exchange, principal: Principal | undefined): void | Promise<void> {
    if (count > 0) return this.#limits?.admitCaller(principal, requestView(exchange, principal), count);
  }

  /** Calls that are being served. */
  get working(): number {
    return this.#working.size;
  }

  /**
   * Ends what is open: subscriptions with their completion, and streams that no call waits for, at once. Calls that wait
   * for their client are left to other machines; all others may finish within `graceMs`, and end in an error then.
   * @param graceMs how long running calls may take to finish, in milliseconds
   */
  async close(graceMs = 0): Promise<void> {
    this.closing = true;
    for (const end of [...this.listening]) end();
    this.legacy.close();
    this.tasks.drain();
    (await this.#httpSse)?.close(shuttingDown());
    await until(graceMs, async () => {
      if (this.#working.size + this.tasks.size + this.taken === 0) return true;
      const resting = [...this.#working].filter(([call]) => call.rests);
      await Promise.all(resting.map(([call, end]) => handOver(call, end, false)));
      return false;
    });
    const cut = await Promise.all([...this.#working].map(([call, end]) => cutShort(call, end)));
    const calls = cut.filter((what) => what !== undefined);
    if (calls.length > 0) {
      const named = [...new Set(calls)].slice(0, NAMED).join(", ");
      const what = `Calls cut short as they did not end within ${graceMs} ms: ${calls.length}`;
      this.core.logger.warn(`${what} (${named}).`);
    }
    const left = this.tasks.size > 0;
    this.tasks.stop();
    (await this.#httpSse)?.end();
    await until(LAST_WORDS_MS, () => this.sinks.size === 0);
    this.sinks.abortAll();
    await (await this.#httpSse)?.closed();
    await this.fleet?.stop(left);
    this.#unwatch?.();
  }
}

/** Most servers do without it, so that most never load it. */
async function loadHttpSse(endpoint: Endpoint, options: HttpSseOptions): Promise<HttpSse> {
  const { HttpSse } = await import("./http-sse.ts");
  return new HttpSse(endpoint, options);
}
