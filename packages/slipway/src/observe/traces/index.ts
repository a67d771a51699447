import type { Context, Span, SpanContext, SpanOptions, Tracer } from "@opentelemetry/api";
import type { Call, Outcome } from "../../server/index.ts";
import { correlationIdOf } from "../correlation.ts";
import { Ids } from "../ids.ts";
import type { LoadedPart } from "../observe.ts";
import type { Run } from "../part.ts";
import { methodOf } from "../subject.ts";
import { type Api, openTelemetry } from "./api.ts";
import { beginning, detailsOf, endSpan } from "./attributes.ts";
import { CallTrace, type TraceTools } from "./call-trace.ts";
import { type Origin, Origins } from "./origin.ts";
import { tracedAdapters } from "./traced-adapter.ts";
import { ConnectionContext, spanKeyOf, Unsampled, type UnsampledTools } from "./unsampled.ts";

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
  readonly #unsampled: UnsampledTools;
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
    this.#unsampled = { api, ids: new Ids(), spanKey: spanKeyOf(api) };
    this.#tools = { api, tracer: this.#tracer, origins: this.#origins };
    this.adapter = tracedAdapters(api, this.#tracer);
  }

  connected(serve: () => void): void {
    const { context } = this.#api;
    if (this.#sampled === 1) serve();
    else context.with(new ConnectionContext(this.#unsampled, context.active()), serve);
  }

  began(run: Run): void {
    const { call } = run;
    const { context, trace, isSpanContextValid } = this.#api;
    const active = context.active();
    const connection = active instanceof ConnectionContext ? active : undefined;
    const outer = connection === undefined ? active : connection.parent;
    const within = connection === undefined ? trace.getSpanContext(active) : connection.within;
    const origin = this.#origins.of(call, outer, within);
    const parent = origin === undefined ? outer : origin.parent;
    if (this.#leavesOut(origin?.caller)) {
      const unsampled = new Unsampled(this.#unsampled, parent, origin?.caller);
      const taken = connection?.parent === parent && connection.take(unsampled);
      this.#watch(call, unsampled, taken ? connection : unsampled);
      return;
    }
    const span = this.#begin(call, parent, origin?.links);
    const spanContext = span.spanContext();
    // Where nobody traces, and no client has sent a context.
    if (!isSpanContextValid(spanContext)) return;
    if (span.isRecording()) {
      run.span = spanContext;
      span.setAttributes(detailsOf(call, this.#options));
    }
    this.#watch(call, span, trace.setSpan(parent, span));
  }

  #watch(call: Call, span: Span, context: Context): void {
    call.watch = new CallTrace(this.#tools, call, span, context);
    call.correlate = traceIdOf;
  }

  #leavesOut(caller: SpanContext | undefined): boolean {
    if (this.#sampled === 1) return false;
    if (caller === undefined) return Math.random() >= this.#sampled;
    return (caller.traceFlags & this.#api.TraceFlags.SAMPLED) === 0;
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

  surrounds({ call: { watch } }: Run): boolean {
    return watch instanceof CallTrace && !(watch.context instanceof ConnectionContext);
  }

  around({ call }: Run, next: () => Outcome | Promise<Outcome>): Outcome | Promise<Outcome> {
    return this.#api.context.with((call.watch as CallTrace).context, next);
  }

  ended(run: Run): void {
    const { watch } = run.call;
    if (!(watch instanceof CallTrace)) return;
    if (watch.context instanceof ConnectionContext) watch.context.release();
    if (run.span === undefined) return;
    endSpan(this.#api, watch.span, run, this.#options);
    watch.span.end();
  }
}

function traceIdOf(call: Call): string {
  const { watch } = call;
  if (!(watch instanceof CallTrace)) return correlationIdOf(call);
  const { span } = watch;
  return span instanceof Unsampled ? span.traceId : span.spanContext().traceId;
}
