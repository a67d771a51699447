/** `count` tells how far it is, `slow` tells nothing for long, `ask` asks its client, `work` becomes a task and asks. */
export type Tool = "count" | "slow" | "ask" | "work";

/** What was seen of one call, by its client. */
export interface CallSeen {
  readonly type: "call";
  /** Names it in the ledger, too. */
  readonly key: string;
  readonly tool: Tool;
  readonly era: "legacy" | "modern";
  /** Whose call it is. */
  readonly subject: string;
  /** Progress, in the order in which it came: how far, and to whom it was told. */
  readonly progress: { readonly at: number; readonly subject: string }[];
  /** How far it is to go. */
  readonly to: number;
  /** How its task was, each time that it was looked at and was otherwise than before. */
  readonly statuses?: string[];
  /**
   * `result`; `error`: the server says what is wrong; `broken`: the connection broke before the client had anything to come
   * back with. `undefined` when it never ended.
   */
  end?: "result" | "error" | "broken";
  /** The text of the result or of the error. */
  text?: string;
}

/** Somebody tried what is another's. */
export interface TrialSeen {
  readonly type: "trial";
  readonly subject: string;
  readonly what: string;
  readonly status: number;
}

/** A client that watches a resource, in a session or by a subscription, after all is over. */
export interface WatchSeen {
  readonly type: "watch";
  readonly subject: string;
  /** Whether it was told of a change. */
  readonly told: boolean;
  /** Other resources that it was told of. */
  readonly strange: readonly string[];
}

export type Seen = CallSeen | TrialSeen | WatchSeen;

/** What a handler did, written to a file that outlives every process, in the order in which it happened. */
export interface Entry {
  readonly key: string;
  readonly step: string;
  /** `effect`: the step's function ran. `settled`: the handler went on, knowing that the step is kept. */
  readonly what: "effect" | "settled";
  /** Of which answer it is the consequence. */
  readonly nonce?: string;
  readonly pid: number;
}

export interface History {
  readonly seen: readonly Seen[];
  readonly ledger: readonly Entry[];
}
