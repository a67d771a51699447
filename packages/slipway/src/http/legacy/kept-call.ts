import type { EventId, SessionAdapter, SessionCall } from "../../ports/index.ts";
import type { JsonRpcMessage } from "../../protocol/jsonrpc.ts";
import { type Call, isSettled, type JournalRecord } from "../../server/index.ts";
import type { Fleet } from "./fleet.ts";

/** What a call needs to be run again by another machine, as it is kept in the store. */
export interface KeptJournal {
  readonly record: JournalRecord;
  /** Ids under which questions were sent, by their names in the journal. */
  readonly sentAs: { readonly [key: string]: string };
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
  #begun: Promise<void> | undefined;
  #saved: Promise<void> = Promise.resolve();

  constructor(
    fleet: Fleet,
    adapter: CallKeeper,
    sessionId: string,
    streamId: string,
    owner: string,
    sentAs = {},
  ) {
    this.#fleet = fleet;
    this.#adapter = adapter;
    this.#sessionId = sessionId;
    this.#streamId = streamId;
    this.#owner = owner;
    this.#sentAs = new Map(Object.entries(sentAs));
  }

  begin(call: SessionCall): Promise<void> {
    this.#begun = Promise.resolve(
      this.#adapter.beginCall(this.#sessionId, this.#streamId, call, this.#owner),
    );
    return this.#begun;
  }

  /** `undefined` when another machine owns the call. */
  append(message: JsonRpcMessage, last: boolean): EventId | undefined | Promise<EventId | undefined> {
    return this.#adapter.appendCallEvent(this.#sessionId, this.#streamId, this.#owner, message, last);
  }

  /** Ends it without an answer. */
  end(): Promise<void> {
    return this.#enqueue(async () => {
      await this.#begun;
      await this.#adapter.endCall(this.#sessionId, this.#streamId, this.#owner);
    });
  }

  /** Nothing more comes of it here: what the store has of it yet is nobody's. */
  leave(): void {
    void this.#saved.then(() => this.#fleet.disown(this.#owner));
  }

  sentAs(key: string): string | undefined {
    return this.#sentAs.get(key);
  }

  /** Keeps the journal, with a question that is about to be sent. */
  async asking(call: Call, key: string, id: string): Promise<void> {
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
    const record = call.journal.record(call.emitted);
    const open = record.entries.flatMap((entry) =>
      entry.type === "ask" && !isSettled(entry) ? [this.#sentAs.get(entry.key)] : [],
    );
    const journal: KeptJournal = { record, sentAs: Object.fromEntries(this.#sentAs) };
    const questions = open.filter((id) => id !== undefined);
    const mine = await this.#adapter.saveCall(
      this.#sessionId,
      this.#streamId,
      this.#owner,
      journal,
      questions,
    );
    if (!mine) throw new CallLostError();
  }

  /** Whether the client was ever asked something; before that there is nothing to go on from. */
  get asks(): boolean {
    return this.#sentAs.size > 0;
  }
}
