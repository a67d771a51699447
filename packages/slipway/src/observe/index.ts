export type { AuditEntry, AuditOptions, AuditSink } from "./audit/index.ts";
export type { Ending } from "./ending.ts";
export type { LogsOptions } from "./logs/index.ts";
export { serverLogger } from "./logs/server-logger.ts";
export type { Fields, StructuredLogger } from "./logs/structured.ts";
export type { MetricsOptions, OpenTelemetryOptions, PrometheusOptions } from "./metrics/index.ts";
export type { OpenTelemetryProvider } from "./metrics/open-telemetry.ts";
export type { PrometheusRegistry } from "./metrics/prometheus.ts";
export { type ObserveOptions, type Observing, observe } from "./observe.ts";
export type { Part, Run } from "./part.ts";
export type {
  OpenTelemetryPropagator,
  OpenTelemetryTracerProvider,
  TracesOptions,
} from "./traces/index.ts";
