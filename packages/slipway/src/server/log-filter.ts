import type { LoggingLevel } from "../protocol/types.ts";
import type { Call } from "./call.ts";
import type { Context } from "./context.ts";
import { logData } from "./log-data.ts";
import type { Logger } from "./logger.ts";
import { Redactor, type RedactSettings } from "./redact.ts";

/** A log message that is about to be sent to a client. */
export interface LogMessage {
  readonly level: LoggingLevel;
  /** The part of the server that speaks, where it was named. */
  readonly logger: string | undefined;
  /** What is sent: what JSON can hold, without what was recognised as secret. */
  readonly data: unknown;
  /** How often something secret was left out of it. */
  readonly redacted: number;
  readonly ctx: Context;
}

/**
 * Sees every log message last.
 * @returns the data to send: that of the message or other; `undefined` sends nothing
 */
export type ReviewLog = (message: LogMessage) => unknown;

export interface RedactOptions extends RedactSettings {
  /** One that throws keeps the message back, and the server's log says why. */
  readonly review?: ReviewLog;
}

/** What log messages to clients may carry. */
export class LogFilter {
  readonly #redactor: Redactor | undefined;
  readonly #review: ReviewLog | undefined;
  readonly #logger: Logger;

  constructor(redact: RedactOptions | ReviewLog | false = {}, logger: Logger) {
    const options: RedactOptions = typeof redact === "function" ? { review: redact } : redact || {};
    this.#redactor = redact === false ? undefined : new Redactor(options);
    this.#review = options.review;
    this.#logger = logger;
  }

  /** The data of a message as it is sent; `undefined` for nothing. Never throws. */
  dataOf(level: LoggingLevel, data: unknown, logger: string | undefined, ctx: Context, call: Call): unknown {
    const redactor = this.#redactor;
    const before = redactor?.count ?? 0;
    const clean = logData(data, redactor && ((value) => redactor.redact(value, secretsOf(call, redactor))));
    const review = this.#review;
    if (review === undefined) return clean;
    try {
      const redacted = (redactor?.count ?? 0) - before;
      const reviewed = review({ level, logger, data: clean, redacted, ctx });
      return reviewed === clean || reviewed === undefined ? reviewed : logData(reviewed);
    } catch (error) {
      this.#logger.error("redact.review failed, so that a log message was not sent to its client.", error);
      return undefined;
    }
  }
}

/** What the client gave with its call for nobody else to read. */
function secretsOf({ request, params }: Call, redactor: Redactor): string[] {
  const state = params?.["requestState"];
  const secrets = redactor.credentialsOf(request);
  return typeof state === "string" && state !== "" ? [state, ...secrets] : secrets;
}
