import { context, propagation, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from "@opentelemetry/core";
import {
  InMemorySpanExporter,
  type ReadableSpan,
  type Sampler,
  SimpleSpanProcessor,
  TracerProvider,
} from "@opentelemetry/sdk-trace";

/** A real OpenTelemetry SDK, as an application sets it up, whose spans stay here. */
export class Tracing {
  readonly exporter = new InMemorySpanExporter();
  readonly provider: TracerProvider;

  constructor(sampler?: Sampler) {
    this.provider = new TracerProvider({
      spanProcessors: [new SimpleSpanProcessor({ exporter: this.exporter })],
      ...(sampler && { sampler }),
    });
  }

  /** Registers it for the whole process. */
  register(): this {
    trace.setGlobalTracerProvider(this.provider);
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    propagation.setGlobalPropagator(
      new CompositePropagator({
        propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()],
      }),
    );
    return this;
  }

  static unregister(): void {
    trace.disable();
    context.disable();
    propagation.disable();
  }

  get spans(): ReadableSpan[] {
    return this.exporter.getFinishedSpans();
  }

  /** The one span of this name. */
  span(name: string): ReadableSpan {
    const found = this.spans.filter((span) => span.name === name);
    if (found.length === 1) return found[0] as ReadableSpan;
    const names = this.spans.map((span) => span.name).join(", ");
    throw new Error(`Expected one span "${name}", got ${found.length} among ${names}.`);
  }

  childrenOf(span: ReadableSpan): ReadableSpan[] {
    return this.spans.filter(
      ({ parentSpanContext }) => parentSpanContext?.spanId === span.spanContext().spanId,
    );
  }
}

const hex = (length: number) =>
  Array.from({ length }, () => Math.floor(Math.random() * 16).toString(16)).join("");

/** The context of a client that has begun a trace. */
export function clientContext(sampled = true) {
  const [traceId, spanId] = [`a${hex(31)}`, `b${hex(15)}`];
  return { traceId, spanId, traceparent: `00-${traceId}-${spanId}-0${sampled ? 1 : 0}` };
}
