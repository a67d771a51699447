import type { HttpAnswer, Store } from "../ports/index.ts";
import { defaultLogger, type Logger } from "../server/index.ts";
import { type CheckResult, type ComponentStatus, type HealthCheck, TimedCheck } from "./check.ts";

export interface HealthOptions {
  /** Where the server keeps what it keeps. Whether it answers is the component `store`. Default: it needs none. */
  store?: Pick<Store, "ready" | "ping"> | undefined;
  /** What else the server needs, by names that strangers may see. */
  checks?: { readonly [name: string]: HealthCheck };
  /** Components that are reported, and without which the server is ready all the same. Default: none. */
  optional?: readonly string[];
  /** How long a check may take, in milliseconds. Default: 800, since Kubernetes waits for a second by default. */
  timeoutMs?: number;
  /** How long a report holds for all who ask, in milliseconds. Default: 1,000. */
  cacheMs?: number;
  /** The version of the server, as it is reported. Default: none is. */
  version?: string;
  /** Is told what is wrong with a component, which strangers are not. Default: errors and warnings on stderr. */
  logger?: Logger;
}

/** What `/ready` says. */
export interface HealthReport {
  /** `down` where a component is that the server needs; `draining` where it is about to end. */
  readonly status: "up" | "down" | "draining";
  readonly version?: string;
  readonly uptimeSeconds: number;
  readonly components: {
    readonly [name: string]: { readonly status: ComponentStatus; readonly ms: number };
  };
}

const HEADERS: HttpAnswer["headers"] = [
  ["content-type", "application/json"],
  ["cache-control", "no-store"],
];

/** Knows whether a server lives, and whether it should be sent requests. */
export class Health {
  readonly #checks: ReadonlyMap<string, TimedCheck>;
  readonly #optional: ReadonlySet<string>;
  readonly #cacheMs: number;
  readonly #version: { readonly version?: string };
  readonly #logger: Logger;
  readonly #begun = Date.now();
  readonly #failing = new Set<string>();
  #results: { readonly until: number; readonly found: Promise<ReadonlyMap<string, CheckResult>> } | undefined;

  /** @throws TypeError for options that cannot be */
  constructor(options: HealthOptions) {
    const { store, checks = {}, optional = [], logger = defaultLogger, version } = options;
    const timeoutMs = positive("timeoutMs", options.timeoutMs, 800);
    this.#cacheMs = positive("cacheMs", options.cacheMs, 1_000);
    const all = new Map<string, HealthCheck>(Object.entries(checks));
    if (store !== undefined) {
      if (all.has("store"))
        throw new TypeError(`health.checks: "store" is the store's own; choose another name.`);
      all.set("store", () => (store.ping === undefined ? store.ready() : store.ping()));
    }
    for (const [name, check] of all) {
      if (typeof check !== "function")
        throw new TypeError(`health.checks["${name}"]: expected a function, got ${typeof check}.`);
    }
    for (const name of optional) {
      if (!all.has(name)) throw new TypeError(`health.optional: there is no check "${name}".`);
    }
    this.#checks = new Map([...all].map(([name, check]) => [name, new TimedCheck(check, timeoutMs)]));
    this.#optional = new Set(optional);
    this.#version = version === undefined ? {} : { version };
    this.#logger = logger;
  }

  /** That the process can answer. */
  live(): HttpAnswer {
    return answer(200, { status: "up", ...this.#version, uptimeSeconds: this.#uptime });
  }

  /** Whether requests should be sent here: 200, or 503 with `Retry-After`. */
  async ready(draining: boolean): Promise<HttpAnswer> {
    const report = await this.report(draining);
    return answer(report.status === "up" ? 200 : 503, report);
  }

  /** @param draining whether the server is about to end, so that nothing else matters */
  async report(draining = false): Promise<HealthReport> {
    const results: ReadonlyMap<string, CheckResult> = draining ? new Map() : await this.#look();
    const down = [...results].some(([name, { status }]) => status !== "up" && !this.#optional.has(name));
    const components = Object.fromEntries(
      [...results].map(([name, { status, ms }]) => [name, { status, ms }]),
    );
    const status = draining ? "draining" : down ? "down" : "up";
    return { status, ...this.#version, uptimeSeconds: this.#uptime, components };
  }

  get #uptime(): number {
    return Math.round((Date.now() - this.#begun) / 100) / 10;
  }

  /** Whoever asks while it is being found out, and soon after, is told the same. */
  #look(): Promise<ReadonlyMap<string, CheckResult>> {
    const now = performance.now();
    if (this.#results !== undefined && now < this.#results.until) return this.#results.found;
    const results = { until: Number.POSITIVE_INFINITY, found: this.#run() };
    this.#results = results;
    void results.found.then(() => {
      results.until = performance.now() + this.#cacheMs;
    });
    return results.found;
  }

  async #run(): Promise<ReadonlyMap<string, CheckResult>> {
    const results = [...this.#checks].map(async ([name, check]) => [name, await check.run()] as const);
    const found = await Promise.all(results);
    for (const [name, result] of found) this.#log(name, result);
    return new Map(found);
  }

  /** Tells of changes only, as probes come every few seconds. */
  #log(name: string, { status, error }: CheckResult): void {
    if (status === "up") {
      if (this.#failing.delete(name)) this.#logger.info(`The component "${name}" works again.`);
    } else if (!this.#failing.has(name)) {
      this.#failing.add(name);
      const means = this.#optional.has(name) ? "which is not needed" : "so that the server is not ready";
      this.#logger.warn(`The component "${name}" is ${status}, ${means}.`, error);
    }
  }
}

function answer(status: number, body: object): HttpAnswer {
  const headers: HttpAnswer["headers"] = status === 503 ? [...HEADERS, ["retry-after", "1"]] : HEADERS;
  return { status, headers, body: JSON.stringify(body) };
}

function positive(name: string, value: number | undefined, fallback: number): number {
  if (value === undefined || (Number.isFinite(value) && value > 0)) return value ?? fallback;
  throw new TypeError(`health.${name}: expected a number of milliseconds above 0, got ${String(value)}.`);
}
