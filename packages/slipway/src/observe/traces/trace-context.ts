import type {
  Context,
  SpanContext,
  TextMapGetter,
  TextMapPropagator,
  TextMapSetter,
} from "@opentelemetry/api";
import type { Api } from "./api.ts";

/** Of any version; what later versions add is left out. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;
const MAX_LENGTH = 256;

/** @see https://www.w3.org/TR/trace-context/#traceparent-header */
export function parseTraceparent(text: string | undefined): SpanContext | undefined {
  if (text === undefined || text.length > MAX_LENGTH) return undefined;
  const [, traceId = "", spanId = "", flags = ""] = TRACEPARENT.exec(text) ?? [];
  if (!/[1-9a-f]/.test(traceId) || !/[1-9a-f]/.test(spanId)) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
}

export function traceparentOf({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${(traceFlags & 0xff).toString(16).padStart(2, "0")}`;
}

export const TRACE_CONTEXT_FIELDS: readonly string[] = ["traceparent"];

/** W3C Trace Context, where no propagator is registered: many who give a provider of their own register none. */
export class TraceContext implements Pick<TextMapPropagator, "inject" | "extract"> {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  extract<C>(context: Context, carrier: C, getter: TextMapGetter<C>): Context {
    const spanContext = parseTraceparent(only(getter.get(carrier, "traceparent")));
    if (spanContext === undefined) return context;
    const state = only(getter.get(carrier, "tracestate"));
    if (state !== undefined) spanContext.traceState = this.#api.createTraceState(state);
    return this.#api.trace.setSpanContext(context, spanContext);
  }

  inject<C>(context: Context, carrier: C, setter: TextMapSetter<C>): void {
    const spanContext = this.#api.trace.getSpanContext(context);
    if (spanContext === undefined || !this.#api.isSpanContextValid(spanContext)) return;
    setter.set(carrier, "traceparent", traceparentOf(spanContext));
    const state = spanContext.traceState?.serialize();
    if (state) setter.set(carrier, "tracestate", state);
  }
}

function only(value: string | string[] | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
