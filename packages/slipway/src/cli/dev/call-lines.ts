import type { Call, Observer, Outcome, Refusal, Serve } from "../../server/index.ts";
import type { Io } from "../io.ts";
import { onOneLine, printableJson } from "../printable.ts";

const MAX_TEXT = 120;

/** Prints a line for each call when it has ended, and for each request or message that was refused. */
export class CallLines implements Observer {
  readonly #io: Io;
  readonly #json: boolean;

  constructor(io: Io, json: boolean) {
    this.#io = io;
    this.#json = json;
  }

  serve(call: Call, next: Serve): Outcome | Promise<Outcome> {
    const began = performance.now();
    const outcome = next(call);
    if (!(outcome instanceof Promise)) {
      this.#ended(call, outcome, began);
      return outcome;
    }
    return outcome.then((done) => {
      this.#ended(call, done, began);
      return done;
    });
  }

  refused(refusal: Refusal): void {
    const { error } = refusal;
    const [method, status] =
      refusal.transport === "http" ? [refusal.method, refusal.status] : ["message", error.code];
    const told = `${status}: ${error.message}`;
    this.#print({ method, subject: "", ms: undefined, outcome: "refused", told });
  }

  #ended(call: Call, outcome: Outcome, began: number): void {
    const { method } = call;
    this.#print({ method, subject: subjectOf(call), ms: performance.now() - began, ...endOf(outcome) });
  }

  #print(line: Line): void {
    if (this.#json) this.#io.print(printableJson(inJson(line)));
    else this.#io.print(inWords(line, this.#io));
  }
}

type Ending = "ok" | "failed" | "error" | "refused" | "asks" | "task" | "listens";

interface Line {
  readonly method: string;
  readonly subject: string;
  readonly ms: number | undefined;
  readonly outcome: Ending;
  /** What else is to be said of how it ended. */
  readonly told: string;
}

function endOf(outcome: Outcome): Pick<Line, "outcome" | "told"> {
  switch (outcome.kind) {
    case "error":
      return { outcome: "error", told: `${outcome.error.code}: ${outcome.error.message}` };
    case "input_required":
      return { outcome: "asks", told: [...outcome.asks.values()].map(({ method }) => method).join(", ") };
    case "task":
      return { outcome: "task", told: outcome.task.status };
    case "listen":
      return { outcome: "listens", told: "" };
    case "complete": {
      const { isError, content } = outcome.result as {
        isError?: boolean;
        content?: readonly { text?: string }[];
      };
      return isError ? { outcome: "failed", told: content?.[0]?.text ?? "" } : { outcome: "ok", told: "" };
    }
    case "encoded":
      return { outcome: "ok", told: "" };
  }
}

function inJson({ method, subject, ms, outcome, told }: Line) {
  const time = new Date().toISOString();
  const took = ms === undefined ? undefined : Math.round(ms * 1000) / 1000;
  return { time, method, subject: subject || undefined, ms: took, outcome, detail: told || undefined };
}

function inWords({ method, subject, ms, outcome, told }: Line, { style }: Io): string {
  const { dim, bold, green, red, yellow, cyan } = style;
  const colours = {
    ok: green,
    failed: red,
    error: red,
    refused: yellow,
    asks: cyan,
    task: cyan,
    listens: cyan,
  };
  const end =
    told === "" ? outcome : outcome === "error" ? `error ${clipped(told)}` : `${outcome}: ${clipped(told)}`;
  const what = subject === "" ? method : `${method} ${bold(clipped(subject))}`;
  const took = ms === undefined ? [] : [dim(ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`)];
  return [dim(new Date().toTimeString().slice(0, 8)), what, ...took, colours[outcome](end)].join("  ");
}

/** What a call is about: a tool, a prompt, a resource. */
function subjectOf({ params }: Call): string {
  const { name, uri, clientInfo } = (params ?? {}) as { [member: string]: unknown };
  const client = (clientInfo as { name?: unknown } | undefined)?.name;
  const subject = [name, uri, client].find((one) => typeof one === "string");
  return typeof subject === "string" ? subject : "";
}

/** What clients send may have anything in it. */
function clipped(text: string): string {
  const line = onOneLine(text);
  return line.length > MAX_TEXT ? `${line.slice(0, MAX_TEXT - 1)}…` : line;
}
