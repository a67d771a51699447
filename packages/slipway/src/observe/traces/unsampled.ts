import type { Context, Span, SpanContext } from "@opentelemetry/api";
import type { Ids } from "../ids.ts";
import type { Api } from "./api.ts";

/** What the calls have in common that are not sampled. */
export interface UnsampledTools {
  readonly api: Api;
  readonly ids: Ids;
  readonly spanKey: symbol;
}

/**
 * The span of a call that is not sampled, and the context that has it: they say so to all that is done for the call. As most
 * calls are such, they are one object, whose ids are made when they are asked for, and which takes no copy of its parent.
 */
export class Unsampled implements Span, Context {
  readonly #tools: UnsampledTools;
  readonly #parent: Context;
  readonly #caller: SpanContext | undefined;
  #traceId: string | undefined;
  #spanContext: SpanContext | undefined;

  /** @param caller the span in the parent */
  constructor(tools: UnsampledTools, parent: Context, caller: SpanContext | undefined) {
    this.#tools = tools;
    this.#parent = parent;
    this.#caller = caller;
  }

  get traceId(): string {
    this.#traceId ??= this.#caller?.traceId ?? this.#tools.ids.trace();
    return this.#traceId;
  }

  spanContext(): SpanContext {
    this.#spanContext ??= this.#makeSpanContext();
    return this.#spanContext;
  }

  #makeSpanContext(): SpanContext {
    const { api, ids } = this.#tools;
    const traceState = this.#caller?.traceState;
    const made: SpanContext = { traceId: this.traceId, spanId: ids.span(), traceFlags: api.TraceFlags.NONE };
    if (traceState !== undefined) made.traceState = traceState;
    return made;
  }

  getValue(key: symbol): unknown {
    return key === this.#tools.spanKey ? this : this.#parent.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    return this.#copy().setValue(key, value);
  }

  deleteValue(key: symbol): Context {
    return this.#copy().deleteValue(key);
  }

  #copy(): Context {
    return this.#tools.api.trace.setSpan(this.#parent, this);
  }

  isRecording(): boolean {
    return false;
  }

  setAttribute(): this {
    return this;
  }

  setAttributes(): this {
    return this;
  }

  addEvent(): this {
    return this;
  }

  addLink(): this {
    return this;
  }

  addLinks(): this {
    return this;
  }

  setStatus(): this {
    return this;
  }

  updateName(): this {
    return this;
  }

  recordException(): void {}

  end(): void {}
}

/**
 * The context of a connection: it has the span of the last call on it that is not sampled. What is active already need not be
 * made so for each call, which would cost more than all else that a call takes to be traced.
 */
export class ConnectionContext implements Context {
  /** The one in which the connection was made. */
  readonly parent: Context;
  /** The span in that. */
  readonly within: SpanContext | undefined;
  readonly #tools: UnsampledTools;
  #span: Span | undefined;
  #taken = false;

  constructor(tools: UnsampledTools, parent: Context) {
    this.#tools = tools;
    this.parent = parent;
    this.within = tools.api.trace.getSpanContext(parent);
  }

  /** @returns false while another call is at work, as where requests are pipelined */
  take(span: Span): boolean {
    if (this.#taken) return false;
    this.#taken = true;
    this.#span = span;
    return true;
  }

  /** The call has ended. What it has left behind goes on with its span, until there is another. */
  release(): void {
    this.#taken = false;
  }

  getValue(key: symbol): unknown {
    return (key === this.#tools.spanKey ? this.#span : undefined) ?? this.parent.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    return this.#copy().setValue(key, value);
  }

  deleteValue(key: symbol): Context {
    return this.#copy().deleteValue(key);
  }

  #copy(): Context {
    const span = this.#span;
    return span === undefined ? this.parent : this.#tools.api.trace.setSpan(this.parent, span);
  }
}

/** Under which key contexts have their span: the one that the API looks for. */
export function spanKeyOf({ trace }: Api): symbol {
  let spanKey = Symbol();
  const asked: Context = {
    getValue(key) {
      spanKey = key;
    },
    setValue: () => asked,
    deleteValue: () => asked,
  };
  trace.getSpan(asked);
  return spanKey;
}
