import { type Ending, isFailure } from "../ending.ts";
import type { Fields, StructuredLogger } from "./structured.ts";

type Level = "debug" | "info" | "warn" | "error";

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
export interface Kind {
  readonly method: string;
  readonly tool: string | undefined;
  readonly prompt: string | undefined;
  readonly transport: string | undefined;
  readonly outcome: Ending;
  readonly code: number | undefined;
}

/** Kinds that are kept. Methods, tools and outcomes are few. */
const MAX_KINDS = 1_000;

type Write = (fields: Fields) => void;

/** Writes lines; what they have in common is written out once for all, where the logger can do so. */
export class Kinds {
  readonly #logger: StructuredLogger;
  readonly #known = new Map<string, Write>();
  #last: { readonly kind: Kind; readonly write: Write } | undefined;

  constructor(logger: StructuredLogger) {
    this.#logger = logger;
  }

  write(kind: Kind, fields: Fields): void {
    // Most lines are like the one before, and to put a key together takes longer than to see that.
    if (this.#last === undefined || !isSame(kind, this.#last.kind)) {
      this.#last = { kind, write: this.#writerOf(kind) };
    }
    this.#last.write(fields);
  }

  #writerOf(kind: Kind): Write {
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
    const child = this.#logger.child?.(common);
    return child === undefined
      ? (fields) => this.#logger[level]?.({ ...common, ...fields }, text)
      : (fields) => child[level]?.(fields, text);
  }
}

function isSame(one: Kind, other: Kind): boolean {
  return (
    one.method === other.method &&
    one.tool === other.tool &&
    one.prompt === other.prompt &&
    one.transport === other.transport &&
    one.outcome === other.outcome &&
    one.code === other.code
  );
}

function levelOf({ method, outcome, code }: Kind): Level {
  if (outcome === "error" && code !== undefined && isFailure(code)) return "error";
  // Sent every few seconds by every client.
  return method === "ping" && outcome === "complete" ? "debug" : LEVELS[outcome];
}
