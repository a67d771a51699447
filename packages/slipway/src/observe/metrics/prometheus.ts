import type { HttpAnswer } from "../../ports/index.ts";
import { type Definition, METRICS, prometheusName } from "./definitions.ts";
import type { Levels, Measures } from "./measures.ts";
import type { CounterFamily, HistogramFamily, HistogramSeries } from "./series.ts";

type Library = typeof import("prom-client");

/** As much of a `Registry` of `prom-client` as is used of it. */
export interface PrometheusRegistry {
  registerMetric(metric: never): void;
  getSingleMetric(name: string): unknown;
  metrics(): Promise<string>;
  readonly contentType: string;
}

interface Value {
  readonly metricName?: string;
  readonly labels: { readonly [label: string]: string | number };
  readonly value: number;
}

/**
 * Puts what is measured into a registry of `prom-client`, which asks for it when it is asked itself.
 * @returns what answers with the registry's text
 */
export async function prometheus(
  measures: Measures,
  given: PrometheusRegistry | undefined,
): Promise<() => Promise<HttpAnswer>> {
  const { Registry, collectDefaultMetrics } = await load();
  const registry = given ?? new Registry();
  const register = (definition: Definition, values: () => Value[]) =>
    registry.registerMetric(metric(definition, values) as never);
  for (const family of Object.values(measures.histograms)) {
    register(family.definition, () => histogramValues(family));
  }
  for (const family of Object.values(measures.counters)) {
    register(family.definition, () => counterValues(family));
  }
  for (const key of Object.keys(measures.levels()) as (keyof Levels)[]) {
    register(METRICS[key], () => [{ labels: {}, value: measures.levels()[key] }]);
  }
  // The user's own registry may have them already.
  if (registry.getSingleMetric("process_cpu_seconds_total") === undefined) {
    collectDefaultMetrics({ register: registry as InstanceType<Library["Registry"]> });
  }
  return async () => ({
    status: 200,
    headers: [
      ["content-type", registry.contentType],
      ["cache-control", "no-store"],
    ],
    body: await registry.metrics(),
  });
}

async function load(): Promise<Library> {
  try {
    return await import("prom-client");
  } catch (cause) {
    throw new Error(
      "Metrics for Prometheus are written by the package prom-client: npm install prom-client, or set prometheus: false.",
      { cause },
    );
  }
}

/** What `prom-client` asks of a metric of its own. */
function metric(definition: Definition, values: () => Value[]) {
  const { kind, meaning } = definition;
  const name = prometheusName(definition);
  const type = kind === "level" || kind === "bound" ? "gauge" : kind;
  return {
    name,
    help: meaning,
    type,
    aggregator: "sum",
    get: async () => ({ name, help: meaning, type, aggregator: "sum", values: values() }),
    reset: () => {},
  };
}

function counterValues(family: CounterFamily): Value[] {
  return Array.from(family.all(), ({ labels, value }) => ({ labels, value }));
}

function histogramValues(family: HistogramFamily): Value[] {
  const name = prometheusName(family.definition);
  return Array.from(family.all()).flatMap((series) => seriesValues(name, series));
}

function seriesValues(name: string, { labels, boundaries, counts, sum, count }: HistogramSeries): Value[] {
  let below = 0;
  const buckets = boundaries.map((le, index) => {
    below += counts[index] as number;
    return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: below };
  });
  return [
    ...buckets,
    { metricName: `${name}_bucket`, labels: { ...labels, le: "+Inf" }, value: count },
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ];
}
