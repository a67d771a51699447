import type { Context, Link, SpanContext, TextMapGetter, TextMapPropagator } from "@opentelemetry/api";
import { isObject, type Params } from "../../protocol/jsonrpc.ts";
import type { Call, RequestView } from "../../server/index.ts";
import type { Api } from "./api.ts";
import type { TracesOptions } from "./index.ts";
import { parseTraceparent, TRACE_CONTEXT_FIELDS, TraceContext } from "./trace-context.ts";

/** Where a call comes from. */
export interface Origin {
  readonly parent: Context;
  /** The span in the parent; `undefined` where there is none. */
  readonly caller: SpanContext | undefined;
  readonly links: Link[] | undefined;
}

interface Meta {
  readonly [key: string]: unknown;
}

const FROM_META: TextMapGetter<Meta> = {
  keys: (meta) => Object.keys(meta),
  get: (meta, key) => {
    const value = Object.hasOwn(meta, key) ? meta[key] : undefined;
    return typeof value === "string" ? value : undefined;
  },
};

const FROM_HEADERS: TextMapGetter<RequestView["headers"]> = {
  keys: () => [],
  get: (headers, key) => headers.get(key) ?? undefined,
};

/** Finds out where calls come from, and tells others of it. */
export class Origins {
  readonly #api: Api;
  readonly #given: TextMapPropagator | undefined;
  readonly #fallback: TraceContext;
  readonly #trusts: boolean;
  #found: Pick<TextMapPropagator, "inject" | "extract"> | undefined;
  /** Those of which one is there where there is a context. */
  #fields: readonly string[] = TRACE_CONTEXT_FIELDS;

  constructor(api: Api, { propagator, clients = "parent" }: TracesOptions) {
    this.#api = api;
    this.#given = propagator as TextMapPropagator | undefined;
    this.#fallback = new TraceContext(api);
    this.#trusts = clients === "parent";
  }

  /** One may be registered later than this is made; it is not replaced then. */
  get #propagator(): Pick<TextMapPropagator, "inject" | "extract"> {
    if (this.#found !== undefined) return this.#found;
    const found = this.#given ?? this.#api.propagation;
    // The state is nothing without its trace.
    this.#fields = found.fields().filter((field) => field !== "tracestate");
    if (this.#fields.length === 0) {
      this.#fields = TRACE_CONTEXT_FIELDS;
      return this.#fallback;
    }
    this.#found = found;
    return found;
  }

  /**
   * The parent is the context in the message's `_meta`, as one HTTP request may carry several messages and one message may
   * take several requests; else the span within which the request is served already, such as an HTTP server's; else the
   * context in its headers; else the run that it goes on from. What is not the parent is linked.
   * @param active the context in which it is called
   * @param within the span in that context
   * @returns undefined where a trace begins with it
   */
  of(call: Call, active: Context, within: SpanContext | undefined): Origin | undefined {
    const ambient = within === undefined ? undefined : active;
    const meta = this.#inMeta(call, active);
    // What made the ambient span has looked at the headers.
    const headers = ambient === undefined ? this.#inHeaders(call, active) : undefined;
    const before = call.hasJournal ? parseTraceparent(call.journal.trace) : undefined;
    if ((meta ?? ambient ?? headers ?? before) === undefined) return undefined;
    const { trace } = this.#api;
    const earlier = before && trace.setSpanContext(active, before);
    const candidates = this.#trusts ? [meta, ambient, headers, earlier] : [ambient, earlier];
    const parent = candidates.find((candidate) => candidate !== undefined) ?? active;
    const caller = trace.getSpanContext(parent);
    return { parent, caller, links: this.#links([meta, ambient, headers, earlier], caller) };
  }

  #links(origins: readonly (Context | undefined)[], caller: SpanContext | undefined): Link[] | undefined {
    const { trace } = this.#api;
    const seen = new Set([caller?.spanId]);
    const links: Link[] = [];
    for (const origin of origins) {
      const linked = origin && trace.getSpanContext(origin);
      if (linked === undefined || seen.has(linked.spanId)) continue;
      seen.add(linked.spanId);
      links.push({ context: linked });
    }
    return links.length === 0 ? undefined : links;
  }

  #inMeta({ params }: Call, active: Context): Context | undefined {
    const meta = params?.["_meta"];
    return isObject(meta) ? this.#extract(active, meta, FROM_META) : undefined;
  }

  #inHeaders({ request }: Call, active: Context): Context | undefined {
    return request === undefined ? undefined : this.#extract(active, request.headers, FROM_HEADERS);
  }

  #extract<C>(active: Context, carrier: C, getter: TextMapGetter<C>): Context | undefined {
    const propagator = this.#propagator;
    // Most carry none: to look is cheaper than to extract.
    if (!hasOne(this.#fields, carrier, getter)) return undefined;
    const { trace } = this.#api;
    const extracted = propagator.extract(active, carrier, getter);
    return trace.getSpanContext(extracted) === trace.getSpanContext(active) ? undefined : extracted;
  }

  /** What goes with a question, so that what its client does for it belongs to the same trace. */
  carrierOf(context: Context): Params | undefined {
    const carrier: { [key: string]: string } = {};
    this.#propagator.inject(context, carrier, this.#api.defaultTextMapSetter);
    return Object.keys(carrier).length === 0 ? undefined : carrier;
  }
}

function hasOne<C>(fields: readonly string[], carrier: C, getter: TextMapGetter<C>): boolean {
  for (const field of fields) if (getter.get(carrier, field) !== undefined) return true;
  return false;
}
