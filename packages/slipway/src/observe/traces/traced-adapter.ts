import type { Tracer } from "@opentelemetry/api";
import type { PortName } from "../../server/index.ts";
import { timed } from "../metrics/timed.ts";
import type { Api } from "./api.ts";
import { setFailure } from "./attributes.ts";

/**
 * Makes the operations of stores children of the span within which they are done. What an adapter answers at once, as
 * those in memory do, is worth no span; what a server does of itself, such as looking for orphans, belongs to no trace.
 */
export function tracedAdapters(
  api: Api,
  tracer: Tracer,
): <T extends object>(port: PortName, adapter: T) => T {
  const { context, trace, SpanKind, TraceFlags } = api;
  return (port, adapter) =>
    timed(adapter, (operation, durationMs, error) => {
      // What waits for an operation goes on in the context in which that was begun.
      const within = context.active();
      const { traceFlags = TraceFlags.NONE } = trace.getSpanContext(within) ?? {};
      if ((traceFlags & TraceFlags.SAMPLED) === 0) return;
      const endTime = performance.now();
      const attributes = { "slipway.store.port": port, "slipway.store.operation": operation };
      const settings = { kind: SpanKind.CLIENT, attributes, startTime: endTime - durationMs };
      const span = tracer.startSpan(`${port}.${operation}`, settings, within);
      if (error !== undefined) setFailure(api, span, error, undefined);
      span.end(endTime);
    });
}
