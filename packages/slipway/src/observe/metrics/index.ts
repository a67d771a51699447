import type { LoadedPart } from "../observe.ts";
import { Measures } from "./measures.ts";
import { type OpenTelemetryProvider, openTelemetry } from "./open-telemetry.ts";
import { type PrometheusRegistry, prometheus } from "./prometheus.ts";

export interface PrometheusOptions {
  /** Where the text is served. Default: `/metrics`. */
  readonly path?: string;
  /**
   * Serves it on a port of its own, for as long as the process lives or until `close`. 0: any free port, which
   * `metricsUrl` tells. Left out: on none, only as one of `endpoints`.
   */
  readonly port?: number;
  /** The address of that port. Default: `127.0.0.1`, which only this machine reaches. */
  readonly host?: string;
  /** A `Registry` of `prom-client` to put the metrics into. Default: one of their own. */
  readonly registry?: PrometheusRegistry;
}

export interface OpenTelemetryOptions {
  /** A `MeterProvider` of an OpenTelemetry SDK. Default: the one that is registered when `observe` is called. */
  readonly meterProvider?: OpenTelemetryProvider;
}

export interface MetricsOptions {
  /** Writes text for Prometheus, by the package `prom-client`. Default: true. */
  readonly prometheus?: boolean | PrometheusOptions;
  /**
   * Makes instruments of OpenTelemetry, by the package `@opentelemetry/api`. `true`: it is an error when that is missing.
   * Default: where the package is installed and a `MeterProvider` is registered.
   */
  readonly openTelemetry?: boolean | OpenTelemetryOptions;
  /** How many tools, and how many prompts, are told apart; further ones are `_OTHER`. Default: 500. */
  readonly maxNames?: number;
}

/** @throws RangeError for a bound that is no positive integer */
export async function metricsPart(options: MetricsOptions): Promise<LoadedPart> {
  const { prometheus: text = true, openTelemetry: instruments, maxNames = 500 } = options;
  if (!Number.isSafeInteger(maxNames) || maxNames < 1) {
    throw new RangeError(`metrics.maxNames: expected a positive integer, got ${String(maxNames)}.`);
  }
  const measures = new Measures(maxNames);
  const stops: (() => void | Promise<void>)[] = [];
  if (instruments !== false) {
    const provider = typeof instruments === "object" ? instruments.meterProvider : undefined;
    const stop = await openTelemetry(measures, provider, instruments !== undefined);
    if (stop !== undefined) stops.push(stop);
  }
  const served = text === false ? {} : await serveText(measures, text === true ? {} : text, stops);
  // Its methods are those of a class, which no spread would copy.
  return Object.assign(measures, served, {
    close: async () => {
      for (const stop of stops) await stop();
    },
  });
}

async function serveText(
  measures: Measures,
  { path = "/metrics", port, host = "127.0.0.1", registry }: PrometheusOptions,
  stops: (() => void | Promise<void>)[],
): Promise<Pick<LoadedPart, "endpoints" | "metricsUrl">> {
  if (!/^\/[^?#]*$/.test(path)) {
    throw new TypeError(`metrics.prometheus.path: expected a path that begins with "/", got "${path}".`);
  }
  const answer = await prometheus(measures, registry);
  const endpoints = { [path]: answer };
  if (port === undefined) return { endpoints };
  const { listen } = await import("../node/listen.ts");
  const { url, close } = await listen(path, answer, port, host);
  stops.push(close);
  return { endpoints, metricsUrl: url };
}
