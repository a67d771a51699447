import type { Context, Span, Tracer } from "@opentelemetry/api";
import type { Ask } from "../../protocol/eras/index.ts";
import { RpcError } from "../../protocol/errors.ts";
import type { AskWatch, Call, CallWatch } from "../../server/index.ts";
import type { Api } from "./api.ts";
import { beginning, setFailure, transportAttributes } from "./attributes.ts";
import type { Origins } from "./origin.ts";
import { parseTraceparent, traceparentOf } from "./trace-context.ts";

export interface TraceTools {
  readonly api: Api;
  readonly tracer: Tracer;
  readonly origins: Origins;
}

/** The trace of one call: goes with its questions, and is found again by the run that goes on from it. */
export class CallTrace implements CallWatch {
  readonly #tools: TraceTools;
  readonly #call: Call;
  readonly span: Span;
  /** The one in which the span is active. */
  readonly context: Context;

  constructor(tools: TraceTools, call: Call, span: Span, context: Context) {
    this.#tools = tools;
    this.#call = call;
    this.span = span;
    this.context = context;
  }

  get trace(): string {
    return traceparentOf(this.span.spanContext());
  }

  /** A client that comes back with a suspended call has made a new request of it: another trace, perhaps. */
  continues(trace: string): void {
    const earlier = parseTraceparent(trace);
    if (earlier !== undefined && this.span.isRecording()) this.span.addLink({ context: earlier });
  }

  asking({ method }: Ask): AskWatch | undefined {
    const { api, origins, tracer } = this.#tools;
    const active = api.context.active();
    // A span of the handler's own, where there is one. Contexts get lost where nobody keeps them.
    const asker = api.trace.getSpan(active) === undefined ? this.context : active;
    // What travels in a result is not waited for here.
    if (this.#call.outlet.ask === undefined) return { meta: origins.carrierOf(asker) };
    const settings = { kind: api.SpanKind.CLIENT, attributes: beginning(method) };
    const span = tracer.startSpan(method, settings, asker);
    if (span.isRecording()) span.setAttributes(transportAttributes(this.#call));
    return {
      meta: origins.carrierOf(api.trace.setSpan(asker, span)),
      ended(error) {
        if (error !== undefined && span.isRecording()) {
          const type = error instanceof RpcError ? String(error.code) : "timeout";
          setFailure(api, span, type, error instanceof RpcError ? error.message : undefined);
        }
        span.end();
      },
    };
  }
}
