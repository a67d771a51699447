import type { Revision } from "../../protocol/eras/index.ts";
import type { Call, Outcome } from "../../server/index.ts";
import type { Run } from "../part.ts";
import { type Attributes, OTHER } from "./definitions.ts";
import { Codes, Names } from "./names.ts";
import type { HistogramFamily, HistogramSeries } from "./series.ts";

/** The series of calls that simply succeeded, found without making anything. */
interface Plain {
  readonly tools: Map<string, HistogramSeries>;
  readonly methods: Map<string, HistogramSeries>;
}

type End = Pick<Attributes, "slipway.outcome" | "error.type" | "rpc.response.status_code">;

/** Of so many tools and methods the series is remembered: all that any server has, where it does not make them up. */
const MAX_REMEMBERED = 5_000;

const TOOL_ERROR: End = { "slipway.outcome": "error", "error.type": "tool_error" };

/** Tells which series a call belongs to. */
export class CallSeries {
  readonly #operation: HistogramFamily;
  readonly #taskRun: HistogramFamily;
  readonly #tools: Names;
  readonly #prompts: Names;
  readonly #codes = new Codes();
  readonly #overHttp = new Map<Revision, Plain>();
  readonly #overStdio = new Map<Revision, Plain>();

  constructor(operation: HistogramFamily, taskRun: HistogramFamily, maxNames: number) {
    this.#operation = operation;
    this.#taskRun = taskRun;
    this.#tools = new Names(maxNames);
    this.#prompts = new Names(maxNames);
  }

  record(run: Run): void {
    const { call, outcome, durationMs } = run;
    if (outcome === undefined) return;
    const plain = isPlain(run, outcome) ? this.#plain(call) : undefined;
    (plain ?? this.#find(run, outcome)).record(durationMs / 1_000);
  }

  #find(run: Run, outcome: Outcome): HistogramSeries {
    const { call } = run;
    const end = this.#endOf(run, outcome);
    if (call.outlet.task === undefined) return this.#operation.of({ ...this.#what(call), ...end });
    return this.#taskRun.of({ "gen_ai.tool.name": this.#toolOf(call), ...end });
  }

  /** The series of a call that simply succeeded, once there is one. */
  #plain(call: Call): HistogramSeries | undefined {
    if (call.outlet.task !== undefined) return undefined;
    const revisions = isOverHttp(call) ? this.#overHttp : this.#overStdio;
    let known = revisions.get(call.revision);
    if (known === undefined) {
      known = { tools: new Map(), methods: new Map() };
      revisions.set(call.revision, known);
    }
    const { method, feature } = call;
    const isTool = method === "tools/call";
    if (isTool ? feature === undefined : method === "prompts/get") return undefined;
    const series = isTool ? known.tools : known.methods;
    const key = isTool ? (feature as string) : method;
    const found = series.get(key);
    if (found !== undefined) return found;
    const made = this.#operation.of({ ...this.#what(call), "slipway.outcome": "complete" });
    if (series.size < MAX_REMEMBERED) series.set(key, made);
    return made;
  }

  #what(call: Call): Attributes {
    const { method, revision } = call;
    return {
      "mcp.method.name": revision.requests.has(method) ? method : OTHER,
      "mcp.protocol.version": revision.version,
      ...(isOverHttp(call)
        ? { "network.transport": "tcp", "network.protocol.name": "http" }
        : { "network.transport": "pipe" }),
      ...(method === "tools/call" && {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": this.#toolOf(call),
      }),
      ...(method === "prompts/get" && {
        "gen_ai.prompt.name": this.#prompts.of(call.feature, call.params?.["name"]),
      }),
    };
  }

  #toolOf(call: Call): string {
    return this.#tools.of(call.feature, call.params?.["name"]);
  }

  #endOf({ call, ending }: Run, outcome: Outcome): End {
    // Nobody gets what it ended with.
    if (ending === "cancelled") return { "slipway.outcome": "cancelled" };
    switch (outcome.kind) {
      case "error": {
        const code = this.#codes.of(outcome.error.code);
        return { "slipway.outcome": "error", "error.type": code, "rpc.response.status_code": code };
      }
      case "complete":
        if (ending === "tool_error") return TOOL_ERROR;
        return { "slipway.outcome": call.askedMs > 0 ? "asked" : "complete" };
      case "encoded":
        return { "slipway.outcome": "complete" };
      default:
        return { "slipway.outcome": outcome.kind };
    }
  }
}

function isPlain({ call, ending }: Run, { kind }: Outcome): boolean {
  return ending === "complete" && (kind === "complete" || kind === "encoded") && call.askedMs === 0;
}

/** A call that goes on from what another instance has left has no request, but its session has an id. */
function isOverHttp(call: Call): boolean {
  return call.request !== undefined || call.session?.id !== undefined;
}
