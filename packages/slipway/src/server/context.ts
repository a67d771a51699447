import type { Principal } from "../ports/index.ts";
import type { Ask } from "../protocol/eras/index.ts";
import { invalidParams, RpcError } from "../protocol/errors.ts";
import { isObject, type Params, type RequestId } from "../protocol/jsonrpc.ts";
import {
  LOGGING_LEVELS,
  type LoggingLevel,
  passesLevel,
  type Root,
  type SamplingRequest,
  type SamplingResult,
} from "../protocol/types.ts";
import type { Call } from "./call.ts";
import type { ChangeNotifications } from "./changes.ts";
import type { Client, ClientFeature } from "./client.ts";
import { checkMessage, hasLink, isSafeUrl, type prepareElicitation, readElicitResult } from "./elicit.ts";
import type { LogFilter } from "./log-filter.ts";
import type { Logger } from "./logger.ts";
import { mayBeLeft } from "./replay.ts";
import { checkSampling, readSamplingResult } from "./sampling.ts";
import type { CompiledSchema, Infer, Schema } from "./schema/index.ts";
import { type SessionView, sessionView } from "./session-view.ts";

export interface Progress {
  /** How far the work is; must grow with every call. */
  readonly progress: number;
  /** How far it will go, in the same unit, if known. */
  readonly total?: number;
  readonly message?: string;
}

export interface AskSettings {
  /**
   * The name under which a modern client sees the question in `inputRequests`. An answer under a name that is
   * given here is taken also when it comes without `requestState`. Default: made from the question's kind.
   */
  readonly key?: string;
  /** How long to wait for the answer, in milliseconds. Default: the `ClientRequestAdapter`'s. Modern calls do not wait. */
  readonly timeoutMs?: number;
}

export interface FormElicitation<S extends Schema> extends AskSettings {
  /** Why the answer is needed, for the user to read. */
  readonly message: string;
  /** A flat object of strings, numbers, booleans and choices. */
  readonly schema: S;
}

export interface UrlElicitation extends AskSettings {
  readonly message: string;
  /** Where the user goes; what happens there does not pass through the client. */
  readonly url: string;
}

export type FormAnswer<T> =
  | { readonly action: "accept"; readonly content: T }
  | { readonly action: "decline" | "cancel" };

export interface UrlAnswer {
  /** `"accept"` says that the user agreed to go there, not that they are done. */
  readonly action: "accept" | "decline" | "cancel";
}

export interface Sampling extends SamplingRequest, AskSettings {}

type LogMethods = {
  readonly [level in LoggingLevel]: (data: unknown, logger?: string) => void | Promise<void>;
};

/**
 * Sends log messages to the client: `ctx.log("info", data)` or `ctx.log.info(data)`. Of the data goes what JSON can
 * hold, at most 65,536 characters of it; errors go without their stacks, and what is recognisably secret does not go, as
 * `redact` of the server says. `logger` names the part of the server that speaks; left out, the message has no name.
 */
export interface Log extends LogMethods {
  (level: LoggingLevel, data: unknown, logger?: string): void | Promise<void>;
}

/** The request that is being served, read only. */
export interface RequestInfo {
  readonly method: string;
  readonly params: Params | undefined;
  readonly id: RequestId;
  /** The URL of the HTTP request; undefined on stdio. */
  readonly url: string | undefined;
  /** The headers of the HTTP request; empty on stdio. */
  readonly headers: { get(name: string): string | null };
}

/** What a handler sees of the task that its call is. */
export interface TaskView {
  readonly id: string;
  /** Sets the message that clients see with the task's status, for people to read. */
  describe(message: string): Promise<void>;
}

const NO_HEADERS = { get: () => null };

/** What the context needs from the server that runs the handler. */
export interface ContextHost {
  readonly logger: Logger;
  readonly maxAsks: number;
  readonly logFilter: LogFilter;
  compile(schema: Schema, io: "output", where: string): CompiledSchema;
  publish<M extends keyof ChangeNotifications>(method: M, params: ChangeNotifications[M]): void;
  compileElicitation(schema: Schema): ReturnType<typeof prepareElicitation>;
}

/**
 * What a handler can see and do while it works on one request. The same for every revision and transport.
 */
export class Context<State extends object = { [key: string]: unknown }> {
  readonly #call: Call;
  readonly #host: ContextHost;
  #asks = 0;

  /** The call behind a context, for what belongs to the server itself. */
  static callOf(ctx: Context<never> | Context): Call {
    return ctx.#call;
  }

  /** Asks the client of a call what a task wants to know. */
  static relay(ctx: Context, ask: Ask, key: string): Promise<unknown> {
    return ctx.#call.replay.ask(untraced(ask), ask, { key }, (answer) => answer);
  }

  constructor(call: Call, host: ContextHost) {
    this.#call = call;
    this.#host = host;
  }

  /** Fires when the client cancels, goes away where that cancels, or the server drains. */
  get signal(): AbortSignal {
    return this.#call.signal;
  }

  /** Who calls; undefined where nobody was authenticated. */
  get auth(): Principal | undefined {
    return this.#call.principal;
  }

  /**
   * Finds what is logged of this call: the id of its trace where it is traced, else its `x-request-id` where that is well
   * formed and calls are logged by `slipway/observe`, else made here. "Internal error" names it to the client.
   */
  get correlationId(): string {
    return this.#call.correlationId;
  }

  get client(): Client {
    return this.#call.client;
  }

  /** The session, where the client's revision has them and the server keeps them. */
  get session(): SessionView | undefined {
    const { session } = this.#call;
    return session?.id === undefined ? undefined : sessionView(session, session.id);
  }

  /**
   * The task that the call is, where it has become one. Middleware is gone through twice then: when the task is
   * made, without this, and whenever the task is run, without the request's headers.
   */
  get task(): TaskView | undefined {
    const { task } = this.#call.outlet;
    return task && { id: task.id, describe: (message) => mayBeLeft(task.describe(message)) };
  }

  /** Values that middleware leaves for handlers. */
  get state(): State {
    this.#call.state ??= Object.create(null) as { [key: string]: unknown };
    return this.#call.state as State;
  }

  get request(): RequestInfo {
    const { method, params, id, request } = this.#call;
    return { method, params, id, url: request?.url, headers: request?.headers ?? NO_HEADERS };
  }

  /**
   * Reports progress, when the client asked for it. Values that do not grow, or are not finite, are not sent.
   * Await the result to go no faster than the client reads.
   * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/progress
   */
  progress(progress: Progress): void | Promise<void> {
    const call = this.#call;
    const isNew = call.emits();
    const token = call.progressToken;
    // JSON has neither infinity nor NaN.
    if (token === undefined || !Number.isFinite(progress.progress)) return;
    if (progress.progress <= call.lastProgress) return;
    call.lastProgress = progress.progress;
    if (!isNew) return;
    const params = call.revision.encodeProgress({
      progressToken: token,
      progress: progress.progress,
      ...(Number.isFinite(progress.total) && { total: progress.total }),
      ...(progress.message !== undefined && { message: progress.message }),
    });
    return call.notify("notifications/progress", params);
  }

  /**
   * Sends a log message to the client, when its level passes what the client asked for.
   * @deprecated by revision 2026-07-28 of the protocol, which may drop it from 2027-07-28 on: log to the standard
   *   error or to a telemetry of the server's own.
   * @see https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/logging
   */
  get log(): Log {
    const send = (level: LoggingLevel, data: unknown, logger?: string) => this.#log(level, data, logger);
    const methods = LOGGING_LEVELS.map((level) => [
      level,
      (data: unknown, logger?: string) => send(level, data, logger),
    ]);
    return Object.assign(send, Object.fromEntries(methods) as LogMethods);
  }

  #log(level: LoggingLevel, data: unknown, logger: string | undefined): void | Promise<void> {
    const minimum = this.#call.logLevel;
    if (!this.#call.emits() || minimum === undefined || !passesLevel(level, minimum)) return;
    const clean = this.#host.logFilter.dataOf(level, data, logger, this as unknown as Context, this.#call);
    if (clean === undefined) return;
    return this.#call.notify("notifications/message", {
      level,
      ...(logger !== undefined && { logger }),
      data: clean,
    });
  }

  /** Tells every client that listens of a change: the same as `server.notify`. */
  notify<M extends keyof ChangeNotifications>(method: M, ...params: NotifyArguments<M>): void {
    if (this.#call.emits()) this.#host.publish(method, params[0] as ChangeNotifications[M]);
  }

  /**
   * Asks the user, through the client: by a form whose answer fits `schema`, or by sending them to `url`.
   *
   * @throws RpcError when the client cannot answer (at once), answers with an error, or not as asked
   * @throws ClientRequestTimeoutError when no answer comes in time
   * @see https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation
   */
  elicit<const S extends Schema>(elicitation: FormElicitation<S>): Promise<FormAnswer<Infer<S>>>;
  elicit(elicitation: UrlElicitation): Promise<UrlAnswer>;
  elicit(elicitation: FormElicitation<Schema> | UrlElicitation): Promise<FormAnswer<unknown>> {
    return mayBeLeft(this.#elicit(elicitation));
  }

  async #elicit(elicitation: FormElicitation<Schema> | UrlElicitation): Promise<FormAnswer<unknown>> {
    checkMessage(elicitation.message);
    if ("url" in elicitation) return this.#elicitUrl(elicitation);
    if (hasLink(elicitation.message))
      this.#warn("The message of a form has a link; send users to it by url.");
    const form = this.#host.compileElicitation(elicitation.schema);
    const ask: Ask = {
      method: "elicitation/create",
      params: { mode: "form", message: elicitation.message, requestedSchema: form.requestedSchema },
    };
    return this.#ask("elicitation", ask, elicitation, (answer) => form.read(answer));
  }

  async #elicitUrl(elicitation: UrlElicitation): Promise<FormAnswer<unknown>> {
    if (!isSafeUrl(elicitation.url)) {
      this.#warn(
        `ctx.elicit sends the user to ${new URL(elicitation.url).host} without encryption; use https.`,
      );
    }
    const params = { mode: "url", message: elicitation.message, url: elicitation.url };
    const ask: Ask = { method: "elicitation/create", params };
    return this.#ask("elicitation.url", ask, elicitation, (answer) => {
      const { action } = readElicitResult(answer);
      return { action } as FormAnswer<unknown>;
    });
  }

  /**
   * Asks the client's model for a message.
   *
   * @throws RpcError when the client cannot or will not answer
   * @throws ClientRequestTimeoutError when no answer comes in time
   * @deprecated by revision 2026-07-28 of the protocol, which may drop it from 2027-07-28 on: call the API of a
   *   model's provider.
   * @see https://modelcontextprotocol.io/specification/2026-07-28/client/sampling
   */
  sample(sampling: Sampling): Promise<SamplingResult> {
    return mayBeLeft(this.#sample(sampling));
  }

  async #sample(sampling: Sampling): Promise<SamplingResult> {
    const { key, timeoutMs, ...params } = sampling;
    await checkSampling(params, (schema, where) => this.#host.compile(schema, "output", where));
    const feature: ClientFeature =
      params.tools !== undefined || params.toolChoice !== undefined ? "sampling.tools" : "sampling";
    if (params.includeContext !== undefined && params.includeContext !== "none") {
      this.#require("sampling.context", "sampling/createMessage");
    }
    const ask: Ask = { method: "sampling/createMessage", params: params as unknown as Params };
    return this.#ask(feature, ask, { key, timeoutMs } as AskSettings, readSamplingResult);
  }

  /**
   * The directories and files that the client lets the server work on. Asked once for a call, and anew when the
   * client has said that they changed.
   * @throws RpcError when the client has no roots capability
   * @deprecated by revision 2026-07-28 of the protocol, which may drop it from 2027-07-28 on: take directories and
   *   files as arguments, resources or settings.
   * @see https://modelcontextprotocol.io/specification/2026-07-28/client/roots
   */
  listRoots(settings: AskSettings = {}): Promise<Root[]> {
    return mayBeLeft(this.#listRoots(settings));
  }

  async #listRoots(settings: AskSettings): Promise<Root[]> {
    const call = this.#call;
    call.roots ??= this.#askRoots(settings);
    const asked = call.roots;
    try {
      return [...(await asked)];
    } catch (error) {
      if (call.roots === asked) call.roots = undefined;
      throw error;
    }
  }

  #askRoots(settings: AskSettings): Promise<readonly Root[]> {
    return this.#ask("roots", { method: "roots/list", params: {} }, settings, readRoots);
  }

  /**
   * Does something at most once per call, however often the handler runs again: the first run keeps the
   * result, the others get it back. Put side effects here, and whatever differs from run to run (clocks,
   * random numbers, data that others change).
   *
   * @param name names the step in the call's journal; the n-th use of a name is the n-th again on every run. Branches
   *   that run side by side, and wait for anything else than steps and questions, need names of their own
   * @param run what to do; its result must be what JSON can hold; it must not ask the client, nor take a step
   */
  step<T>(name: string, run: () => T | Promise<T>): Promise<T> {
    return this.#call.replay.step(name, run);
  }

  /**
   * Makes a task of the call here, where its tool says that tasks begin `"on detach"` and its client wants one: the
   * request is answered, and the handler runs again from its start, with what it has asked and done until now. Does
   * nothing in what is a task already, and where the client gets the result of the request itself.
   * @throws Error when a step or a question is under way
   */
  detach(): Promise<void> {
    const { outlet, detach } = this.#call;
    if (outlet.task !== undefined || detach === undefined) return Promise.resolve();
    return mayBeLeft(this.#call.replay.detach(detach));
  }

  /**
   * Closes the connection of this call's response stream, not the stream: the client comes back for the
   * rest with `Last-Event-ID`. Without effect where streams cannot be resumed.
   *
   * @param retryMs how long the client should wait before it comes back, in milliseconds
   * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#sending-messages-to-the-server
   */
  closeStream(retryMs?: number): void {
    this.#call.outlet.closeStream?.(retryMs);
  }

  /** Says it once, although the handler may run again. */
  #warn(message: string): void {
    if (this.#call.emits()) this.#host.logger.warn(message);
  }

  #require(feature: ClientFeature, method: Ask["method"]): void {
    const { revision, session, outlet } = this.#call;
    if (this.client.supports(feature)) return;
    // Without a session nobody remembers what the client can do; its outlet says that it needs one.
    if (revision.handshake && session === undefined && outlet.task === undefined) return;
    throw revision.missingCapability(feature, method);
  }

  async #ask<T>(
    feature: ClientFeature,
    ask: Ask,
    settings: AskSettings,
    read: (answer: unknown) => T | Promise<T>,
  ): Promise<T> {
    const { revision, method } = this.#call;
    this.#require(feature, ask.method);
    if (!revision.askable.has(method)) {
      throw new Error(
        `${ask.method} cannot be sent while ${method} is served: the revision does not allow it.`,
      );
    }
    // Every run asks all that the runs before asked, so that this counts over retries too.
    if (++this.#asks > this.#host.maxAsks) {
      throw new Error(
        `This call asked its client ${this.#host.maxAsks} questions, the most that maxAsksPerCall allows.`,
      );
    }
    const encoded = revision.encodeAsk(ask);
    if ("cannot" in encoded) {
      throw new RpcError(
        revision.missingCapability(feature, ask.method).code,
        `The client cannot be asked: ${encoded.cannot}.`,
      );
    }
    return this.#call.replay.ask(ask, encoded, settings, read);
  }
}

export type NotifyArguments<M extends keyof ChangeNotifications> = ChangeNotifications[M] extends undefined
  ? []
  : [params: ChangeNotifications[M]];

/** A run of the task that asks again does so in another trace, and asks the same. */
function untraced({ method, params }: Ask): Ask {
  const { traceparent: _, tracestate: __, baggage: ___, ...rest } = (params["_meta"] ?? {}) as Params;
  return { method, params: { ...params, _meta: rest } };
}

function readRoots(answer: unknown): readonly Root[] {
  const roots = isObject(answer) ? answer["roots"] : undefined;
  if (Array.isArray(roots) && roots.every((root) => isObject(root) && typeof root["uri"] === "string")) {
    return roots as Root[];
  }
  throw invalidParams("The client's answer to roots/list holds no list of roots.");
}
