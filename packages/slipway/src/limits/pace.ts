import type { Params } from "../protocol/jsonrpc.ts";
import { LOGGING_LEVELS, type LoggingLevel } from "../protocol/types.ts";
import type { Call } from "../server/index.ts";
import { Bucket } from "./bucket.ts";
import type { Rate } from "./rate.ts";

/** How many notifications a call may send. What is left out is as many as its handler emits. */
export interface NotificationRates {
  /** Of progress. Between two that are sent the latest value waits, and the last one is always sent. */
  readonly progress?: Rate;
  /** Of log messages. Those beyond are left out, and a message says how many were. */
  readonly log?: Rate;
}

/** Sends what one handler emits no faster than its rates. */
export class Pace {
  readonly #call: Call;
  readonly #rates: NotificationRates;
  readonly #progress = new Bucket();
  readonly #log = new Bucket();
  /** Progress that waits. */
  #latest: Params | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Log messages that were left out, and the most severe level among them. */
  #left = 0;
  #severest = 0;
  #over = false;

  constructor(call: Call, rates: NotificationRates) {
    this.#call = call;
    this.#rates = rates;
    call.pace = (method, params) => this.#notify(method, params);
  }

  #notify(method: string, params: Params): void | Promise<void> {
    if (this.#over) return;
    const { progress, log } = this.#rates;
    if (method === "notifications/progress" && progress !== undefined) return this.#report(params, progress);
    if (method === "notifications/message" && log !== undefined) return this.#tell(params, log);
    return this.#call.outlet.notify(method, params);
  }

  #report(params: Params, rate: Rate): void | Promise<void> {
    this.#latest = params;
    if (this.#timer !== undefined) return;
    const waitMs = this.#progress.take(rate);
    if (waitMs === 0) return this.#flush();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#latest !== undefined && !this.#call.aborted) void this.#report(this.#latest, rate);
    }, waitMs);
  }

  #flush(): void | Promise<void> {
    const params = this.#latest;
    this.#latest = undefined;
    if (params !== undefined) return this.#call.outlet.notify("notifications/progress", params);
  }

  #tell(params: Params, rate: Rate): void | Promise<void> {
    const level = LOGGING_LEVELS.indexOf(params["level"] as LoggingLevel);
    if (this.#log.take(rate) > 0) {
      this.#left++;
      this.#severest = Math.max(this.#severest, level);
      return;
    }
    this.#tellOfLeft();
    return this.#call.outlet.notify("notifications/message", params);
  }

  #tellOfLeft(): void {
    if (this.#left === 0) return;
    const data = `${this.#left} log messages were left out: the handler logs more than the server sends.`;
    void this.#call.outlet.notify("notifications/message", { level: LOGGING_LEVELS[this.#severest], data });
    this.#left = 0;
    this.#severest = 0;
  }

  /** The call is about to be answered: sends what waits. */
  finish(): void {
    clearTimeout(this.#timer);
    this.#over = true;
    if (this.#call.aborted) return;
    void this.#flush();
    this.#tellOfLeft();
  }
}
