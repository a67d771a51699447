import type { Context, Span, SpanContext, SpanOptions, Tracer } from "@opentelemetry/api";
import type { Call, Outcome } from "../../server/index.ts";
import { correlateAs } from "../correlation.ts";
import type { LoadedPart } from "../observe.ts";
import type { Run } from "../part.ts";
import { methodOf } from "../subject.ts";
import { type Api, openTelemetry } from "./api.ts";
import { beginning, detailsOf, endSpan } from "./attributes.ts";
import { CallTrace, type TraceTools } from "./call-trace.ts";
import { Ids } from "./ids.ts";
import { type Origin, Origins } from "./origin.ts";
import { tracedAdapters } from "./traced-adapter.ts";

/** A `TracerProvider` of an OpenTelemetry SDK. */
export interface OpenTelemetryTracerProvider {
  getTracer(name: string): unknown;
}

/** A `TextMapPropagator` of OpenTelemetry. */
export interface OpenTelemetryPropagator {
  inject(...given: never[]): void;
  extract(...given: never[]): unknown;
  fields(): string[];
}

export interface TracesOptions {
  /** Where spans go. Default: the provider that is registered with `@opentelemetry/api`. */
  readonly tracerProvider?: OpenTelemetryTracerProvider;
  /** How contexts travel. Default: the registered propagator; W3C Trace Context where there is none. */
  readonly propagator?: OpenTelemetryPropagator;
  /**
   * How many of the traces that begin here are sampled, from 0 to 1; of those that others have begun, those that they
   * sample. It is decided before a span is made, which costs a third of what it costs to leave it to an SDK's sampler; that
   * is asked of the others. Default: 1.
   */
  readonly sampled?: number;
  /**
   * What a context is that a client sends: the `"parent"` of the call's span, which also takes over whether the trace is
   * sampled; or only a `"link"`, where clients are not to be trusted with that. Default: `"parent"`.
   */
  readonly clients?: "parent" | "link";
  /**
   * Records the arguments of tools and prompts, which may hold anything, on spans: `gen_ai.tool.call.arguments`,
   * `gen_ai.prompt.variable.*`. Default: false.
   */
  readonly recordArguments?: boolean;
  /** Records the results of tools on spans: `gen_ai.tool.call.result`. Default: false. */
  readonly recordResults?: boolean;
}

/**
 * A span for each call, by OpenTelemetry's conventions for MCP.
 * @see https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/gen-ai/mcp.md
 * @throws Error when `@opentelemetry/api` is not installed
 */
export async function tracesPart(options: TracesOptions): Promise<LoadedPart> {
  return new Traces(await openTelemetry(), options);
}

class Traces implements LoadedPart {
  readonly #api: Api;
  readonly #options: TracesOptions;
  readonly #origins: Origins;
  readonly #tracer: Tracer;
  readonly #tools: TraceTools;
  readonly #sampled: number;
  readonly #ids = new Ids();
  readonly adapter: NonNullable<LoadedPart["adapter"]>;

  constructor(api: Api, options: TracesOptions) {
    this.#api = api;
    this.#options = options;
    this.#origins = new Origins(api, options);
    // That of the API finds the provider also where one is registered later.
    this.#tracer = (options.tracerProvider ?? api.trace).getTracer("slipway") as Tracer;
    const { sampled = 1 } = options;
    if (!(sampled >= 0 && sampled <= 1)) {
      throw new RangeError(`traces.sampled: expected a number from 0 to 1, got ${sampled}.`);
    }
    this.#sampled = sampled;
    this.#tools = { api, tracer: this.#tracer, origins: this.#origins };
    this.adapter = tracedAdapters(api, this.#tracer);
  }

  began(run: Run): void {
    const { call } = run;
    const { trace, isSpanContextValid } = this.#api;
    const { parent, links } = this.#origins.of(call);
    if (this.#leavesOut(trace.getSpanContext(parent))) {
      this.#pass(run, parent);
      return;
    }
    const span = this.#begin(call, parent, links);
    const spanContext = span.spanContext();
    // Where nobody traces, and no client has sent a context.
    if (!isSpanContextValid(spanContext)) return;
    if (span.isRecording()) {
      run.span = spanContext;
      span.setAttributes(detailsOf(call, this.#options));
    }
    correlateAs(run, spanContext.traceId);
    call.watch = new CallTrace(this.#tools, call, span, trace.setSpan(parent, span));
  }

  #leavesOut(parent: SpanContext | undefined): boolean {
    if (this.#sampled === 1) return false;
    if (parent === undefined) return Math.random() >= this.#sampled;
    return (parent.traceFlags & this.#api.TraceFlags.SAMPLED) === 0;
  }

  /** Serves a call whose trace is not sampled, in a context that says so to all that is done for it. */
  #pass(run: Run, parent: Context): void {
    const { call } = run;
    const { trace, TraceFlags } = this.#api;
    const { traceId = this.#ids.trace(), traceState } = trace.getSpanContext(parent) ?? {};
    const spanContext: SpanContext = { traceId, spanId: this.#ids.span(), traceFlags: TraceFlags.NONE };
    if (traceState !== undefined) spanContext.traceState = traceState;
    const span = trace.wrapSpanContext(spanContext);
    correlateAs(run, traceId);
    call.watch = new CallTrace(this.#tools, call, span, trace.setSpan(parent, span));
  }

  #begin(call: Call, parent: Context, links: Origin["links"]): Span {
    const method = methodOf(call);
    const settings: SpanOptions = {
      kind: this.#api.SpanKind.SERVER,
      attributes: beginning(method),
    };
    if (links !== undefined) settings.links = links;
    return this.#tracer.startSpan(method, settings, parent);
  }

  around({ call }: Run, next: () => Outcome | Promise<Outcome>): Outcome | Promise<Outcome> {
    const { watch } = call;
    return watch instanceof CallTrace ? this.#api.context.with(watch.context, next) : next();
  }

  ended(run: Run): void {
    const { watch } = run.call;
    if (!(watch instanceof CallTrace)) return;
    if (watch.span.isRecording()) endSpan(this.#api, watch.span, run, this.#options);
    watch.span.end();
  }
}
