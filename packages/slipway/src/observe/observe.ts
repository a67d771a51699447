import type { HttpAnswer } from "../ports/index.ts";
import { defaultLogger, type Logger, type Observer } from "../server/index.ts";
import type { AuditOptions, AuditSink } from "./audit/index.ts";
import type { Backlog } from "./backlog.ts";
import type { LogsOptions } from "./logs/index.ts";
import type { MetricsOptions } from "./metrics/index.ts";
import { observerOf, type Part } from "./part.ts";
import type { TracesOptions } from "./traces/index.ts";

export interface ObserveOptions {
  /** Measures calls, sessions, streams, stores, and the process. Default: not at all. */
  readonly metrics?: boolean | MetricsOptions;
  /** Traces calls by OpenTelemetry. Needs the package `@opentelemetry/api`. Default: not at all. */
  readonly traces?: boolean | TracesOptions;
  /** Logs a line for each call. Needs the package `pino`, or a logger of one's own. Default: not at all. */
  readonly logs?: boolean | LogsOptions;
  /** Keeps who called what, in a file or a sink of one's own. Default: not at all. */
  readonly audit?: string | AuditSink | AuditOptions;
  /** Hears of what fails while it is watched. Default: the log, where there is one, else warnings on stderr. */
  readonly logger?: Logger;
}

/** What watches a server: give it as `observe` to `serve`, `serveStdio` or a transport. */
export interface Observing extends Required<Observer> {
  /** What is served to whoever asks for it, by paths such as `/metrics`. */
  readonly endpoints: { readonly [path: string]: () => HttpAnswer | Promise<HttpAnswer> };
  /** Where the metrics are served on a port of their own, where they are. */
  readonly metricsUrl: string | undefined;
  /** What else makes a server unready: for the option `health` of `serve`. */
  readonly checks: { readonly [name: string]: () => void };
  /** Writes to the same log, where there is one: for the option `logger` of `McpServer`. */
  readonly logger: Logger;
  /** Writes what is still to be written; to be called when the server is closed. */
  close(): Promise<void>;
}

type Endpoints = { [path: string]: () => HttpAnswer | Promise<HttpAnswer> };

/** A part with what it serves. */
export interface LoadedPart extends Part {
  readonly endpoints?: Endpoints;
  readonly metricsUrl?: string;
  readonly checks?: { readonly [name: string]: () => void };
  readonly logger?: Logger;
}

/**
 * Watches servers at work. Only the parts that are asked for are loaded, with the packages that they need.
 * @throws Error when such a package is not installed
 */
export async function observe(options: ObserveOptions): Promise<Observing> {
  const logs = await loadLogs(options.logs);
  const logger = options.logger ?? logs?.logger ?? defaultLogger;
  const parts = (await Promise.all(loading(options, logs, logger))).filter((part) => part !== undefined);
  let told = false;
  const failed = (error: unknown): void => {
    // What fails for one call is likely to fail for all.
    logger[told ? "debug" : "warn"]("What watches the server has failed.", error);
    told = true;
  };
  const { observer, backlog } = observerOf(parts, failed);
  return {
    ...observer,
    endpoints: endpointsOf(parts, backlog),
    metricsUrl: parts.find((part) => part.metricsUrl !== undefined)?.metricsUrl,
    checks: Object.assign({}, ...parts.map((part) => part.checks)),
    logger,
    async close() {
      backlog.close();
      // The log last: it is where the others tell what they cannot write.
      await Promise.all(parts.map((part) => part !== logs && part.close?.()));
      await logs?.close?.();
    },
  };
}

/** They answer with all that has been until then. */
function endpointsOf(parts: readonly LoadedPart[], backlog: Backlog): Endpoints {
  const all: Endpoints = Object.assign({}, ...parts.map((part) => part.endpoints));
  for (const [path, answer] of Object.entries(all)) {
    all[path] = () => {
      backlog.flush();
      return answer();
    };
  }
  return all;
}

type Loading = LoadedPart | undefined | Promise<LoadedPart | undefined>;

/** In the order in which calls pass them. */
function loading(
  { metrics, traces, audit }: ObserveOptions,
  logs: LoadedPart | undefined,
  logger: Logger,
): Loading[] {
  // Traces first: what the others say of a call names its span.
  return [loadTraces(traces), loadMetrics(metrics), logs, loadAudit(audit, logger)];
}

async function loadLogs(asked: boolean | LogsOptions | undefined): Promise<LoadedPart | undefined> {
  if (!asked) return;
  const { logsPart } = await import("./logs/index.ts");
  return logsPart(asked === true ? {} : asked);
}

async function loadAudit(asked: ObserveOptions["audit"], logger: Logger): Promise<LoadedPart | undefined> {
  if (asked === undefined) return;
  const { auditPart } = await import("./audit/index.ts");
  const isOptions = typeof asked === "object" && "sink" in asked;
  return auditPart(isOptions ? asked : { sink: asked }, logger);
}

async function loadTraces(asked: boolean | TracesOptions | undefined): Promise<LoadedPart | undefined> {
  if (!asked) return;
  const { tracesPart } = await import("./traces/index.ts");
  return tracesPart(asked === true ? {} : asked);
}

async function loadMetrics(asked: boolean | MetricsOptions | undefined): Promise<LoadedPart | undefined> {
  if (!asked) return;
  const { metricsPart } = await import("./metrics/index.ts");
  return metricsPart(asked === true ? {} : asked);
}
