import type { Call, Observer, Outcome, Served } from "../server/index.ts";

type Dispatch = (call: Call) => Outcome | Promise<Outcome>;

/** Tells an observer of the session that a connection is by itself, from its handshake to its end. */
export class ObservedConnection {
  readonly #observer: Observer;
  readonly #id: string;
  readonly #transport: Served["transport"];
  #handshakes = 0;
  #opened: { readonly at: number; readonly version: string } | undefined;

  constructor(observer: Observer, id: string, transport: Served["transport"]) {
    this.#observer = observer;
    this.#id = id;
    this.#transport = transport;
  }

  /** Serves calls by `dispatch`, and looks for the handshake among them. */
  through(dispatch: Dispatch): Dispatch {
    return (call) => {
      const outcome = dispatch(call);
      return call.method === "initialize" ? this.#opens(call, outcome) : outcome;
    };
  }

  /** Has a message of the client taken; what is refused of it as no handshake is one that has failed. */
  async take(message: unknown, receive: () => Promise<void>): Promise<void> {
    const before = this.#handshakes;
    await receive();
    const { method } = (message ?? {}) as { readonly method?: unknown };
    if (method === "initialize" && this.#handshakes === before) this.#shaken(false);
  }

  #shaken(succeeded: boolean): void {
    this.#handshakes++;
    this.#observer.happened?.({ kind: "handshake", succeeded });
  }

  async #opens({ revision }: Call, outcome: Outcome | Promise<Outcome>): Promise<Outcome> {
    const done = await outcome;
    const succeeded = done.kind === "complete";
    this.#shaken(succeeded);
    if (succeeded) {
      this.#opened = { at: Date.now(), version: revision.version };
      this.#observer.happened?.({ kind: "session-opened", session: this.#id, transport: this.#transport });
    }
    return done;
  }

  end(): void {
    if (this.#opened === undefined) return;
    const { at, version } = this.#opened;
    this.#opened = undefined;
    this.#observer.happened?.({
      kind: "session-ended",
      session: this.#id,
      transport: this.#transport,
      version,
      durationMs: Date.now() - at,
    });
  }
}
