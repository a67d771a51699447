import type { Happening, Load, PortName, Refusal, Served } from "../../server/index.ts";
import type { Part, Run } from "../part.ts";
import { CallSeries } from "./calls.ts";
import { ATTRIBUTES, type Attributes, METRICS } from "./definitions.ts";
import { reasonOf, refusalOf } from "./refusals.ts";
import { CounterFamily, HistogramFamily } from "./series.ts";
import { timed } from "./timed.ts";

/** Over each transport, what the conventions say of it. */
const TRANSPORTS: { readonly [transport in Served["transport"]]: Attributes } = {
  http: { "network.transport": "tcp", "network.protocol.name": "http" },
  stdio: { "network.transport": "pipe" },
};

interface Watched {
  readonly load: () => Load;
  readonly served: Served;
}

/** Counts and measures what an observer sees. Who wants to know reads it from here. */
export class Measures implements Part {
  readonly histograms = {
    operation: new HistogramFamily(METRICS.operation),
    session: new HistogramFamily(METRICS.session),
    taskRun: new HistogramFamily(METRICS.taskRun),
    eventLag: new HistogramFamily(METRICS.eventLag),
    store: new HistogramFamily(METRICS.store),
  };
  readonly counters = {
    handshakes: new CounterFamily(METRICS.handshakes),
    sessionsOpened: new CounterFamily(METRICS.sessionsOpened),
    refused: new CounterFamily(METRICS.refused),
    takeovers: new CounterFamily(METRICS.takeovers),
    callsLost: new CounterFamily(METRICS.callsLost),
    streamsResumed: new CounterFamily(METRICS.streamsResumed),
    streamsCut: new CounterFamily(METRICS.streamsCut),
    bytesCut: new CounterFamily(METRICS.bytesCut),
  };
  readonly #calls: CallSeries;
  /** Found once, since many events are delivered. */
  readonly #lag = {
    here: this.histograms.eventLag.of({ "slipway.event.from": "here" }),
    elsewhere: this.histograms.eventLag.of({ "slipway.event.from": "elsewhere" }),
  };
  readonly #watched = new Set<Watched>();

  /** @param maxNames how many tools, and how many prompts, are told apart */
  constructor(maxNames: number) {
    const { operation, taskRun } = this.histograms;
    this.#calls = new CallSeries(operation, taskRun, maxNames);
    this.#begin();
  }

  /** What may happen is there from the beginning, so that the first time is seen to be one more. */
  #begin(): void {
    const { counters } = this;
    for (const { definition, of } of [
      { definition: METRICS.handshakes, of: counters.handshakes },
      { definition: METRICS.refused, of: counters.refused },
      { definition: METRICS.takeovers, of: counters.takeovers },
    ]) {
      const [name] = definition.attributes;
      for (const value of ATTRIBUTES[name].values) of.of({ [name]: value });
    }
    counters.callsLost.of();
    counters.streamsResumed.of();
    counters.streamsCut.of();
    counters.bytesCut.of();
  }

  tell(run: Run): void {
    this.#calls.record(run);
    const { outcome } = run;
    const reason = outcome?.kind === "error" ? refusalOf(outcome.error) : undefined;
    if (reason !== undefined) this.counters.refused.of({ "slipway.refusal.reason": reason }).add(1);
  }

  refused(refusal: Refusal): void {
    this.counters.refused.of({ "slipway.refusal.reason": reasonOf(refusal) }).add(1);
  }

  happened(happening: Happening): void {
    const { counters, histograms } = this;
    switch (happening.kind) {
      case "handshake": {
        const outcome = happening.succeeded ? "succeeded" : "failed";
        counters.handshakes.of({ "slipway.handshake.outcome": outcome }).add(1);
        break;
      }
      case "session-opened":
        counters.sessionsOpened.of(TRANSPORTS[happening.transport]).add(1);
        break;
      case "session-ended": {
        const { version, durationMs } = happening;
        const attributes = { "mcp.protocol.version": version, ...TRANSPORTS[happening.transport] };
        if (durationMs !== undefined) histograms.session.of(attributes).record(durationMs / 1_000);
        break;
      }
      case "takeover":
        counters.takeovers.of({ "slipway.takeover.of": happening.of }).add(1);
        break;
      case "lost":
        counters.callsLost.of().add(1);
        break;
      case "delivered":
        this.#lag[happening.from].record(happening.lagMs / 1_000);
        break;
      case "resumed":
        counters.streamsResumed.of().add(1);
        break;
      case "reader-cut":
        counters.streamsCut.of().add(1);
        counters.bytesCut.of().add(happening.bytes);
    }
  }

  watch(load: () => Load, served: Served): () => void {
    const watched = { load, served };
    this.#watched.add(watched);
    return () => {
      this.#watched.delete(watched);
    };
  }

  adapter<T extends object>(port: PortName, adapter: T): T {
    return timed(adapter, (operation, durationMs, error) => {
      this.histograms.store
        .of({
          "slipway.store.port": port,
          "slipway.store.operation": operation,
          ...(error !== undefined && { "error.type": error }),
        })
        .record(durationMs / 1_000);
    });
  }

  /** What is open now, in all that is watched, and how much may be. */
  levels(): Levels {
    const levels: Levels = {
      calls: 0,
      callsLimit: 0,
      sessions: 0,
      streams: 0,
      streamsLimit: 0,
      tasks: 0,
      asks: 0,
    };
    for (const { load, served } of this.#watched) {
      const open = load();
      for (const kind of ["calls", "sessions", "streams", "tasks", "asks"] as const)
        levels[kind] += open[kind];
      levels.callsLimit += served.maxCalls;
      levels.streamsLimit += served.maxStreams ?? 0;
    }
    return levels;
  }
}

export type Levels = {
  -readonly [key in
    | "calls"
    | "callsLimit"
    | "sessions"
    | "streams"
    | "streamsLimit"
    | "tasks"
    | "asks"]: number;
};
