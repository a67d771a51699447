import {
  AggregationTemporality,
  type DataPoint,
  type Histogram,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";

/** One metric as an OpenTelemetry SDK has it. */
export interface Collected {
  readonly name: string;
  readonly unit: string;
  readonly scope: string;
  readonly points: readonly {
    readonly attributes: { readonly [name: string]: unknown };
    /** A number, or what a histogram has. */
    readonly value: unknown;
    readonly count?: number;
    readonly boundaries?: readonly number[];
  }[];
}

/** A real SDK that keeps what it collects. */
export class Collector {
  readonly #exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  readonly #reader = new PeriodicExportingMetricReader({
    exporter: this.#exporter,
    exportIntervalMillis: 3_600_000,
  });
  readonly provider = new MeterProvider({ readers: [this.#reader] });

  async collect(): Promise<Collected[]> {
    this.#exporter.reset();
    await this.#reader.forceFlush();
    const [resource] = this.#exporter.getMetrics();
    return (resource?.scopeMetrics ?? []).flatMap(({ scope, metrics }) =>
      metrics.map(({ descriptor: { name, unit }, dataPoints }) => ({
        name,
        unit,
        scope: scope.name,
        points: (dataPoints as DataPoint<number | Histogram>[]).map(({ attributes, value }) => ({
          attributes,
          value,
          ...(typeof value === "object" && { count: value.count, boundaries: value.buckets.boundaries }),
        })),
      })),
    );
  }

  async close(): Promise<void> {
    await this.provider.shutdown();
  }
}

/** The points of a metric that have these attributes. */
export function points(metrics: readonly Collected[], name: string, attributes: object = {}) {
  return (metrics.find((metric) => metric.name === name)?.points ?? []).filter((point) =>
    Object.entries(attributes).every(([key, value]) => point.attributes[key] === value),
  );
}
