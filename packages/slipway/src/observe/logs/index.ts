import { type Logger, Redactor, type RedactSettings, type Refusal } from "../../server/index.ts";
import { correlationIdOf, correlationOf } from "../correlation.ts";
import { reasonOf, statusOf } from "../metrics/refusals.ts";
import type { LoadedPart } from "../observe.ts";
import type { Run } from "../part.ts";
import { sessionDigest, subjectOf } from "../subject.ts";
import { Flood } from "./flood.ts";
import { Kinds } from "./kinds.ts";
import { type PinoLog, pinoLog } from "./pino.ts";
import { serverLogger } from "./server-logger.ts";
import type { Fields, StructuredLogger } from "./structured.ts";

export interface LogsOptions {
  /** Takes the lines, as `pino` and others do. Default: `pino`, which writes as the options below say. */
  readonly logger?: StructuredLogger;
  /**
   * A file, or a file descriptor. Default: 2, the standard error, which is safe over stdio too: there, the standard output
   * belongs to the protocol.
   */
  readonly destination?: string | number;
  /** The least level that is written: `"debug"`, `"info"`, `"warn"`, `"error"`. Default: `"info"`. */
  readonly level?: string;
  /**
   * How many lines on refused requests and messages are written in a second, so that a flood of them does not fill the disk; of the others
   * is written how many they were. Default: 10.
   */
  readonly maxRefusedPerSecond?: number;
  /** What is left out of texts, besides what is recognisably secret; `false`: nothing is. */
  readonly redact?: RedactSettings | false;
}

/**
 * A line for each call, and for each request or message that is refused before it is one.
 * @throws Error when no logger is given and `pino` is not installed
 */
export async function logsPart(options: LogsOptions): Promise<LoadedPart> {
  const own = options.logger === undefined ? await pinoLog(options) : undefined;
  return new Logs((options.logger ?? own?.logger) as StructuredLogger, own, options);
}

class Logs implements LoadedPart {
  readonly logger: Logger;
  readonly #lines: StructuredLogger;
  readonly #kinds: Kinds;
  readonly #own: PinoLog | undefined;
  readonly #flood: Flood;
  readonly #redactor: Redactor | false;

  constructor(
    lines: StructuredLogger,
    own: PinoLog | undefined,
    { maxRefusedPerSecond = 10, redact = {} }: LogsOptions,
  ) {
    this.#lines = lines;
    this.#kinds = new Kinds(lines, own?.alike);
    this.#own = own;
    this.#redactor = redact !== false && new Redactor(redact);
    this.logger = serverLogger(lines, this.#redactor);
    this.#flood = new Flood(maxRefusedPerSecond, (count) =>
      lines.warn({ leftOut: count }, `${count} lines on refused requests were left out`),
    );
  }

  began({ call }: Run): void {
    call.correlate ??= correlationIdOf;
  }

  tell(run: Run, atMs: number): void {
    if (run.ending === "refused" && !this.#flood.admits()) return;
    this.#kinds.of(run)(run, atMs, this.#othersOf(run));
  }

  /** What only some calls have. */
  #othersOf({ call, span }: Run): Fields | undefined {
    const { method, session, principal, outlet } = call;
    const resource = method === "tools/call" ? undefined : subjectOf(call).resource;
    let fields: Fields | undefined;
    // The only one of what a call is about that holds what clients have made up.
    if (resource !== undefined) {
      fields ??= {};
      fields["resource"] = this.#redactor ? this.#redactor.redact(resource) : resource;
    }
    if (session?.id !== undefined) {
      fields ??= {};
      fields["session"] = sessionDigest(session.id);
    }
    if (principal !== undefined) {
      fields ??= {};
      fields["subject"] = principal.subject;
      if (principal.tenant !== undefined) fields["tenant"] = principal.tenant;
    }
    if (outlet.task !== undefined) {
      fields ??= {};
      fields["task"] = outlet.task.id;
    }
    if (span !== undefined) {
      fields ??= {};
      fields["trace_id"] = span.traceId;
      fields["span_id"] = span.spanId;
    }
    return fields;
  }

  refused(refusal: Refusal): void {
    if (!this.#flood.admits()) return;
    const { error } = refusal;
    const common: Fields = { code: error.code, reason: reasonOf(refusal), outcome: "refused" };
    const reference = REFERENCE.exec(error.message)?.[1];
    if (reference !== undefined) common["reference"] = reference;
    const level = statusOf(refusal) >= 500 ? "error" : "warn";
    // What the error says may repeat what was sent.
    if (refusal.transport === "stdio") {
      this.#lines[level]({ transport: "pipe", ...common }, `message refused with ${error.code}`);
      return;
    }
    const { method, request, status } = refusal;
    const fields: Fields = { id: correlationOf(request), http: method, status, ...common };
    if (request.remoteAddress !== undefined) fields["address"] = request.remoteAddress;
    this.#lines[level](fields, `${method} refused with ${status}`);
  }

  async close(): Promise<void> {
    this.#flood.close();
    await this.#own?.close();
  }
}

/** Names a fault in the server's log. */
const REFERENCE = /\(reference ([\w-]{36})\)/;
