import type { Revision } from "../../protocol/eras/index.ts";
import { codeOf, type Ending, isFailure } from "../ending.ts";
import type { Run } from "../part.ts";
import { methodOf, subjectOf, transportOf } from "../subject.ts";
import type { PinoLog } from "./pino.ts";
import type { Fields, StructuredLogger } from "./structured.ts";

export type Level = "debug" | "info" | "warn" | "error";

const LEVELS: { readonly [ending in Ending]: Level } = {
  complete: "info",
  input_required: "info",
  task: "info",
  listen: "info",
  cancelled: "info",
  tool_error: "warn",
  refused: "warn",
  error: "warn",
};

/** What many lines have in common. */
interface Kind {
  readonly method: string;
  readonly tool: string | undefined;
  readonly prompt: string | undefined;
  readonly transport: string | undefined;
  readonly outcome: Ending;
  readonly code: number | undefined;
}

/** By what a call's kind can be told, without being put together. */
interface Last {
  readonly method: string;
  readonly feature: string | undefined;
  readonly revision: Revision;
  readonly transport: string | undefined;
  readonly ending: Ending;
  readonly code: number | undefined;
  readonly write: Write;
}

/** Kinds that are kept. Methods, tools and outcomes are few. */
const MAX_KINDS = 1_000;

/** Writes the line of one call, at a time in milliseconds since 1970, with what only some calls have. */
export type Write = (run: Run, atMs: number, others: Fields | undefined) => void;

/** Finds what writes a call's line: what it has in common with others is written out once for all, where the logger can do so. */
export class Kinds {
  readonly #logger: StructuredLogger;
  readonly #alike: PinoLog["alike"] | undefined;
  readonly #known = new Map<string, Write>();
  #last: Last | undefined;

  /** @param alike makes what writes lines of one kind, in the place of the logger */
  constructor(logger: StructuredLogger, alike?: PinoLog["alike"]) {
    this.#logger = logger;
    this.#alike = alike;
  }

  of(run: Run): Write {
    const { call, ending } = run;
    const { method, feature, revision } = call;
    const [transport, code, last] = [transportOf(call), codeOf(run), this.#last];
    // Most calls are like the one before. What a completion is for, its feature alone does not tell.
    if (
      last !== undefined &&
      method === last.method &&
      feature === last.feature &&
      ending === last.ending &&
      code === last.code &&
      transport === last.transport &&
      revision === last.revision &&
      method !== "completion/complete"
    ) {
      return last.write;
    }
    const { tool, prompt } = subjectOf(call);
    const write = this.#find({ method: methodOf(call), tool, prompt, transport, outcome: ending, code });
    this.#last = { method, feature, revision, transport, ending, code, write };
    return write;
  }

  #find(kind: Kind): Write {
    const { method, tool, prompt, transport, outcome, code } = kind;
    const key = `${outcome} ${code} ${transport} ${method} ${tool ?? prompt}`;
    let write = this.#known.get(key);
    if (write === undefined) {
      write = this.#writer(kind);
      if (this.#known.size >= MAX_KINDS) this.#known.clear();
      this.#known.set(key, write);
    }
    return write;
  }

  #writer(kind: Kind): Write {
    const { method, tool, prompt, outcome } = kind;
    const target = tool ?? prompt;
    const text = `${target === undefined ? method : `${method} ${target}`}: ${outcome}`;
    const level = levelOf(kind);
    const common = Object.fromEntries(Object.entries(kind).filter(([, value]) => value !== undefined));
    const write = this.#alike?.(level, common, text);
    if (write !== undefined) return write;
    const child = this.#logger.child?.(common);
    return child === undefined
      ? (run, _atMs, others) => this.#logger[level]?.({ ...common, ...fieldsOf(run, others) }, text)
      : (run, _atMs, others) => child[level]?.(fieldsOf(run, others), text);
  }
}

function fieldsOf({ call, durationMs }: Run, others: Fields | undefined): Fields {
  return { id: call.correlationId, ms: Math.round(durationMs * 1000) / 1000, ...others };
}

function levelOf({ method, outcome, code }: Kind): Level {
  if (outcome === "error" && code !== undefined && isFailure(code)) return "error";
  // Sent every few seconds by every client.
  return method === "ping" && outcome === "complete" ? "debug" : LEVELS[outcome];
}
