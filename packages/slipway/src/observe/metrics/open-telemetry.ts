import type { Meter, MeterProvider, ObservableCallback } from "@opentelemetry/api";
import { METRICS } from "./definitions.ts";
import type { Levels, Measures } from "./measures.ts";

type Library = typeof import("@opentelemetry/api");

/** As much of a `MeterProvider` as is used of it. */
export interface OpenTelemetryProvider {
  getMeter(name: string, version?: string): unknown;
}

/**
 * Makes an instrument of each metric. Histograms hear of each value; all else is read when it is collected.
 * @param given default: the one that is registered
 * @param needed whether it is an error when the package is not installed
 * @returns what lets go of the instruments; `undefined` where there is nobody to measure for
 */
export async function openTelemetry(
  measures: Measures,
  given: OpenTelemetryProvider | undefined,
  needed: boolean,
): Promise<(() => void) | undefined> {
  const api = await load(needed);
  if (api === undefined) return undefined;
  const provider = (given ?? api.metrics.getMeterProvider()) as MeterProvider;
  const meter = provider.getMeter("slipway");
  // Nobody has registered one: what would be recorded goes nowhere.
  if (meter === api.createNoopMeter()) return undefined;
  for (const family of Object.values(measures.histograms)) {
    const { name, unit, meaning, boundaries = [] } = family.definition;
    family.recorder = meter.createHistogram(name, {
      unit,
      description: meaning,
      advice: { explicitBucketBoundaries: [...boundaries] },
    });
  }
  const removals = [...counters(meter, measures), ...levels(meter, measures), await processOf(meter)];
  return () => {
    for (const family of Object.values(measures.histograms)) family.recorder = undefined;
    for (const remove of removals) remove();
  };
}

/** Not every runtime can tell of itself what Node can. */
async function processOf(meter: Meter): Promise<() => void> {
  try {
    const { measureProcess } = await import("../node/process.ts");
    return measureProcess(meter);
  } catch {
    return () => {};
  }
}

async function load(needed: boolean): Promise<Library | undefined> {
  try {
    return await import("@opentelemetry/api");
  } catch (cause) {
    if (!needed) return undefined;
    throw new Error(
      "Metrics for OpenTelemetry go through the package @opentelemetry/api: npm install @opentelemetry/api",
      { cause },
    );
  }
}

function counters(meter: Meter, measures: Measures): (() => void)[] {
  return Object.values(measures.counters).map((family) => {
    const { name, unit, meaning } = family.definition;
    const instrument = meter.createObservableCounter(name, { unit, description: meaning });
    const read: ObservableCallback = (result) => {
      for (const { value, attributes } of family.all()) result.observe(value, attributes);
    };
    instrument.addCallback(read);
    return () => instrument.removeCallback(read);
  });
}

function levels(meter: Meter, measures: Measures): (() => void)[] {
  return (Object.keys(measures.levels()) as (keyof Levels)[]).map((key) => {
    const { name, unit, meaning: description, kind } = METRICS[key];
    const instrument =
      kind === "level"
        ? meter.createObservableUpDownCounter(name, { unit, description })
        : meter.createObservableGauge(name, { unit, description });
    const read: ObservableCallback = (result) => result.observe(measures.levels()[key]);
    instrument.addCallback(read);
    return () => instrument.removeCallback(read);
  });
}
