import { type Call, type Outcome, Tally } from "../server/index.ts";
import { exceeded } from "./exceeded.ts";

/** Each instance counts its own. A call counts until its handler has ended, also where it was answered before. */
export interface InFlightOptions {
  /** Of one session; where there are no sessions it holds for nobody. */
  readonly session?: number;
  /** Of one caller: a principal, or an address where nobody is authenticated. */
  readonly principal?: number;
  /** Of all callers. Beyond it is 503, since no caller is to blame. */
  readonly total?: number;
}

/** When there is room again is not known; a second is as good a guess as another, in milliseconds. */
const GUESS_MS = 1_000;

/** The calls that are at work. */
export class InFlight {
  readonly #options: InFlightOptions;
  readonly #callers = new Tally();
  readonly #sessions = new Tally();
  #total = 0;

  /** @throws RangeError */
  constructor(options: InFlightOptions) {
    for (const [member, max] of Object.entries(options)) {
      if (max === undefined || (Number.isSafeInteger(max) && max > 0)) continue;
      throw new RangeError(`inFlight.${member}: expected a positive integer, got ${String(max)}.`);
    }
    this.#options = options;
  }

  /** Whether callers are told apart. */
  get countsCallers(): boolean {
    return this.#options.principal !== undefined;
  }

  /** @throws RpcError when there is no room for one more */
  check(caller: string | undefined, { session }: Call): void {
    const { total, principal, session: ofSession } = this.#options;
    if (
      ofSession !== undefined &&
      session !== undefined &&
      this.#sessions.of(session.id ?? "") >= ofSession
    ) {
      throw exceeded(`${ofSession} calls of your session are at work`, GUESS_MS);
    }
    if (principal !== undefined && caller !== undefined && this.#callers.of(caller) >= principal) {
      throw exceeded(`${principal} calls of yours are at work`, GUESS_MS);
    }
    if (total !== undefined && this.#total >= total) {
      throw exceeded("the server has as many calls at work as it may", GUESS_MS, 503);
    }
  }

  /** Counts a call until it has ended. */
  add(caller: string | undefined, { session }: Call, outcome: Promise<Outcome>): void {
    const count = (change: 1 | -1) => {
      this.#total += change;
      if (caller !== undefined) this.#callers.add(caller, change);
      if (this.#options.session !== undefined && session !== undefined) {
        this.#sessions.add(session.id ?? "", change);
      }
    };
    count(1);
    const ended = () => count(-1);
    outcome.then(ended, ended);
  }
}
