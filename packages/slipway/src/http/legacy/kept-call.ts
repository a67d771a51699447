import type { EventId, SessionAdapter, SessionCall } from "../../ports/index.ts";
import type { JsonRpcMessage } from "../../protocol/jsonrpc.ts";
import { type Call, isSettled, type JournalRecord } from "../../server/index.ts";
import { type Fleet, NOBODY } from "./fleet.ts";
import { whileAway } from "./store-patience.ts";

/** What a call needs to be run again by another machine, as it is kept in the store. */
export interface KeptJournal {
  readonly record: JournalRecord;
  /** Ids under which questions were sent, by their names in the journal. */
  readonly sentAs: { readonly [key: string]: string };
  /** An event of the stream that comes before all questions which are open. */
  readonly after?: EventId | undefined;
}

/** The methods of a session adapter that keep calls; they come together. */
export type CallKeeper = SessionAdapter &
  Required<
    Pick<
      SessionAdapter,
      | "beginCall"
      | "getCall"
      | "saveCall"
      | "answerCall"
      | "claimCall"
      | "appendCallEvent"
      | "endCall"
      | "answeredCalls"
    >
  >;

export function keepsCalls(adapter: SessionAdapter | undefined): adapter is CallKeeper {
  return adapter?.beginCall !== undefined;
}

/** Another machine goes on with a call. What this one still does for it reaches nobody. */
export class CallLostError extends Error {
  override readonly name: string = "CallLostError";
  constructor() {
    super("Another instance has taken this call over.");
  }
}

/** One call of a session in the store, as its owner sees it. */
export class OwnedCall {
  readonly #fleet: Fleet;
  readonly #adapter: CallKeeper;
  readonly #sessionId: string;
  readonly #streamId: string;
  readonly #owner: string;
  readonly #sentAs: Map<string, string>;
  #after: EventId | undefined;
  #begun: Promise<void> | undefined;
  /** Whether the store has it, or is to have it; else it ends with this machine. */
  #kept = true;
  #ended = false;
  #saved: Promise<void> = Promise.resolve();

  constructor(
    fleet: Fleet,
    adapter: CallKeeper,
    sessionId: string,
    streamId: string,
    owner: string,
    { sentAs, after }: Pick<KeptJournal, "sentAs" | "after"> = { sentAs: {} },
  ) {
    this.#fleet = fleet;
    this.#adapter = adapter;
    this.#sessionId = sessionId;
    this.#streamId = streamId;
    this.#owner = owner;
    this.#sentAs = new Map(Object.entries(sentAs));
    this.#after = after;
  }

  /** @param failed is told why a call cannot be kept */
  begin(call: SessionCall, failed: (error: unknown) => void): Promise<void> {
    const begin = async () => this.#adapter.beginCall(this.#sessionId, this.#streamId, call, this.#owner);
    this.#begun = begin()
      .catch((error: unknown) => whileAway(begin, error))
      .catch((error: unknown) => {
        this.#kept = false;
        failed(error);
      });
    return this.#begun;
  }

  /** `undefined` when another machine owns the call. */
  append(message: JsonRpcMessage, last: boolean): EventId | undefined | Promise<EventId | undefined> {
    if (!this.#kept) return this.#adapter.appendEvent(this.#sessionId, this.#streamId, message);
    const append = this.#adapter.appendCallEvent(this.#sessionId, this.#streamId, this.#owner, message, last);
    if (last) this.#endsWith(append).catch(() => {});
    return append;
  }

  /** Ends it without an answer. */
  end(): Promise<void> {
    return this.#enqueue(async () => {
      await this.#begun;
      const end = async () => this.#adapter.endCall(this.#sessionId, this.#streamId, this.#owner);
      await this.#endsWith(end().catch((error) => whileAway(end, error)));
    });
  }

  async #endsWith(end: unknown): Promise<void> {
    await end;
    this.#ended = true;
  }

  /**
   * Leaves it to whoever gets the client's answer, which this machine does not wait for any more.
   * @returns whether it waited for one, and others can go on with it
   */
  async handOver(call: Call): Promise<boolean> {
    let left = false;
    await this.#enqueue(async () => {
      await this.#begun;
      if (!this.#kept || this.#ended || this.#open(call.journal.record(call.emitted)).length === 0) return;
      left =
        (await this.#adapter.claimCall(this.#sessionId, this.#streamId, this.#owner, NOBODY)) !== undefined;
    });
    if (left) this.#fleet.ring({ bell: "left" });
    return left;
  }

  /** Nothing more comes of it here: what the store has of it yet is nobody's. */
  leave(): void {
    const place = { sessionId: this.#sessionId, streamId: this.#streamId };
    void this.#saved.then(() =>
      this.#fleet.disown(this.#owner, this.#kept && !this.#ended ? place : undefined),
    );
  }

  sentAs(key: string): string | undefined {
    return this.#sentAs.get(key);
  }

  /**
   * Keeps the journal, with a question that is about to be sent.
   * @param place the last event before it
   */
  async asking(call: Call, key: string, id: string, place: EventId | undefined): Promise<void> {
    if (this.#open(call.record()).length === 0) this.#after = place ?? this.#after;
    this.#sentAs.set(key, id);
    await this.save(call);
  }

  /**
   * Keeps the journal as it is when its turn comes: one at a time, so that no earlier one overwrites a later.
   * @throws CallLostError when another machine owns the call
   */
  save(call: Call): Promise<void> {
    return this.#enqueue(() => this.#save(call));
  }

  #enqueue(work: () => Promise<void>): Promise<void> {
    const done = this.#saved.then(work);
    this.#saved = done.catch(() => {});
    return done;
  }

  async #save(call: Call): Promise<void> {
    await this.#begun;
    if (!this.#kept) return;
    const record = call.record();
    const journal: KeptJournal = { record, sentAs: Object.fromEntries(this.#sentAs), after: this.#after };
    const questions = this.#open(record);
    const mine = await this.#adapter.saveCall(
      this.#sessionId,
      this.#streamId,
      this.#owner,
      journal,
      questions,
    );
    if (!mine) throw new CallLostError();
  }

  /** The ids of questions without an answer. */
  #open({ entries }: JournalRecord): string[] {
    const open = entries.flatMap((entry) =>
      entry.type === "ask" && !isSettled(entry) ? [this.#sentAs.get(entry.key)] : [],
    );
    return open.filter((id) => id !== undefined);
  }

  /** Whether the client was ever asked something; before that there is nothing to go on from. */
  get asks(): boolean {
    return this.#sentAs.size > 0;
  }
}
