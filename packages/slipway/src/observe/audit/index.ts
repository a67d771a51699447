import { ERROR_CODES, RpcError } from "../../protocol/errors.ts";
import type { Call, Logger, Outcome } from "../../server/index.ts";
import { correlationIdOf } from "../correlation.ts";
import type { LoadedPart } from "../observe.ts";
import { type Run, THROWN } from "../part.ts";
import { entryOf } from "./entry.ts";
import { AuditQueue } from "./queue.ts";
import type { AuditSink } from "./sink.ts";

export type { AuditEntry } from "./entry.ts";
export type { AuditSink } from "./sink.ts";

export interface AuditOptions {
  /** A file, to which JSON lines are appended, or a sink of one's own. */
  readonly sink: string | AuditSink;
  /**
   * Whether a call is answered only once its entry is kept, so that what a client saw answered is in the audit, also when
   * the process is killed. Calls are refused then while nothing can be kept. Default: false.
   */
  readonly durable?: boolean;
  /**
   * When a file is told to the disk (fsync), so that it survives the machine and not only the process: with every write,
   * after so many milliseconds, or when the system likes. Default: 1,000.
   */
  readonly fsync?: "always" | "never" | number;
  /** How many entries may wait for the sink, those of calls that are being served included. Default: 10,000. */
  readonly maxWaiting?: number;
  /**
   * What becomes of calls for whose entries there is no room. `"wait"`: they wait, for `maxWaitMs` at most, and are refused
   * then. `"refuse"`: they are refused at once. `"lose"`: they are served without an entry; the log says so, and
   * afterwards the audit itself, with their number. Default: `"wait"`.
   */
  readonly whenFull?: "wait" | "refuse" | "lose";
  /** How long a call waits for room, and a durable one for its entry to be kept, in milliseconds. Default: 10,000. */
  readonly maxWaitMs?: number;
  /** How long closing may take to write what is left, in milliseconds. Default: 10,000. */
  readonly closeMs?: number;
  /** Which calls are in the audit. Default: all but `ping`. */
  readonly audits?: (call: Pick<Call, "method" | "params" | "principal">) => boolean;
}

const DEFAULT_MAX_WAITING = 10_000;
const DEFAULT_MS = 10_000;

/**
 * Keeps who called what, when, and with what outcome. Never drops an entry in silence.
 * @throws Error when the file cannot be opened
 */
export async function auditPart(options: AuditOptions, logger: Logger): Promise<LoadedPart> {
  const { sink } = options;
  if (typeof sink !== "string") return new Audit(sink, options, logger);
  const { AuditFile } = await import("../node/audit-file.ts");
  return new Audit(await AuditFile.open(sink, options.fsync), options, logger);
}

class Audit implements LoadedPart {
  readonly #queue: AuditQueue;
  readonly #options: AuditOptions;
  readonly checks: { readonly audit: () => void };

  constructor(sink: AuditSink, options: AuditOptions, logger: Logger) {
    this.#options = options;
    const { maxWaiting = DEFAULT_MAX_WAITING, durable = false } = options;
    if (!(maxWaiting >= 1)) throw new TypeError(`audit.maxWaiting: expected at least 1, got ${maxWaiting}.`);
    this.#queue = new AuditQueue(sink, { maxWaiting, strict: durable, logger });
    this.checks = { audit: () => this.#check() };
  }

  #check(): void {
    const { failure, waiting } = this.#queue;
    if (failure === undefined) return;
    throw new Error(`The audit cannot be written, ${waiting} entries wait.`, { cause: failure });
  }

  around(run: Run, next: () => Outcome | Promise<Outcome>): Outcome | Promise<Outcome> {
    const { call } = run;
    const { audits, whenFull = "wait", maxWaitMs = DEFAULT_MS } = this.#options;
    if (audits === undefined ? call.method === "ping" : !audits(call)) return next();
    call.correlate ??= correlationIdOf;
    if (this.#queue.reserve()) return this.#serve(run, next);
    if (whenFull === "refuse") return refusal();
    if (whenFull === "lose") {
      this.#queue.lose();
      return next();
    }
    return this.#queue.waitForRoom(maxWaitMs).then((admitted) => {
      if (!admitted) return refusal();
      if (!call.aborted) return this.#serve(run, next);
      this.#queue.release();
      return refusal();
    });
  }

  #serve(run: Run, next: () => Outcome | Promise<Outcome>): Outcome | Promise<Outcome> {
    let outcome: Outcome | Promise<Outcome>;
    try {
      outcome = next();
    } catch (error) {
      this.#put(run, THROWN);
      throw error;
    }
    if (!(outcome instanceof Promise)) return this.#record(run, outcome);
    return outcome.then(
      (done) => this.#record(run, done),
      (error: unknown) => {
        this.#put(run, THROWN);
        throw error;
      },
    );
  }

  #record(run: Run, outcome: Outcome): Outcome | Promise<Outcome> {
    const { durable = false, maxWaitMs = DEFAULT_MS } = this.#options;
    this.#put(run, outcome);
    if (!durable) return outcome;
    return this.#queue.kept(maxWaitMs).then((kept) => (kept ? outcome : unrecorded()));
  }

  #put(run: Run, outcome: Outcome): void {
    run.end(outcome);
    this.#queue.put(entryOf(run));
  }

  close(): Promise<void> {
    return this.#queue.close(this.#options.closeMs ?? DEFAULT_MS);
  }
}

function refusal(): Outcome {
  const message =
    "The server cannot keep its audit now, without which it serves nothing: try again in a moment.";
  return { kind: "error", error: new RpcError(ERROR_CODES.INTERNAL_ERROR, message, undefined, 503) };
}

function unrecorded(): Outcome {
  const message = "This was done, but could not be recorded in the audit. Look before you send it again.";
  return { kind: "error", error: new RpcError(ERROR_CODES.INTERNAL_ERROR, message) };
}
