/** One number that a table shows of each contestant. */
export interface Metric {
  readonly name: string;
  readonly unit: string;
  readonly better: "higher" | "lower";
}

/** What Slipway has to reach. */
export type Target =
  /** Its ratio to the baseline. */
  | { readonly ratio: number }
  /** Its first metric itself. */
  | { readonly value: number };

/** Who takes part, and where its servers are. */
export interface Contestant {
  readonly name: string;
  readonly version: string;
  /** The folder of its built servers. */
  readonly folder: string;
}

/** How much of a core was busy while something was measured, from 0 to 1. */
export interface Busy {
  readonly load: number;
  readonly server: number;
}

/** What one run of one contestant gave. */
export interface Sample {
  /** A value for each metric of the table. */
  readonly values: { readonly [metric: string]: number };
  readonly busy?: Busy;
  /** Why the run does not count; for runs without two pinned processes. */
  readonly invalid?: string;
}

/** A contestant that is ready to be measured, again and again. */
export interface Running {
  /** The body of an answer that was checked, where the baseline has to send the same. */
  readonly body?: string;
  /** @throws when an answer is wrong */
  run(): Promise<Sample>;
  stop(): Promise<void>;
}

/** What a turn of a contestant gave. */
export interface Turn {
  readonly requests: number;
  readonly seconds: number;
  /** How long the server had a core. */
  readonly serverSeconds: number;
  /** How long the load generator had one. */
  readonly loadSeconds: number;
}

/** A contestant that is measured in short turns. */
export interface InTurns {
  /** @throws when an answer is wrong */
  turn(seconds: number): Promise<Turn>;
  stop(): Promise<void>;
}

export interface Settings {
  /** How often each contestant is measured. */
  readonly runs: number;
  /** How long a run takes. */
  readonly seconds: number;
  /** How long a contestant is used before it is measured for the first time, in seconds. */
  readonly warmup: number;
}

/** Contestants that are measured alike and compared. */
export interface Table {
  readonly name: string;
  readonly title: string;
  /** The first one is compared with the baseline; the others are shown beside it. */
  readonly metrics: readonly [Metric, ...Metric[]];
  /** By name. The first one is the baseline. */
  readonly contestants: readonly string[];
  readonly target?: Target;
  start(contestant: Contestant, settings: Settings): Promise<Running>;
  /**
   * Has it measured in turns of a fraction of a second, each run with servers of its own: where the contestants differ by less than
   * the machine does from one second to the next, and by as little as two processes of one of them.
   */
  startTurns?(contestant: Contestant): Promise<InTurns>;
}

export interface Workload {
  readonly name: string;
  readonly title: string;
  readonly tables: readonly Table[];
}
