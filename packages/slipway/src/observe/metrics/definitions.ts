/**
 * What is measured, in one place: names, units, attributes and boundaries, for OpenTelemetry and for Prometheus alike.
 * `docs/observe.md` lists the same; a test holds the two together.
 *
 * `mcp.server.*` and the attributes without the prefix `slipway.` are those of the semantic conventions.
 * @see https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/gen-ai/mcp.md
 */

/** What stands for everything that has no name of its own, so that nobody can make new ones. */
export const OTHER = "_OTHER";

type AttributeName = keyof typeof ATTRIBUTES;

/** The values of one series, by the names of its attributes. What does not apply is left out. */
export type Attributes = { readonly [name in AttributeName]?: string };

/** What each attribute says, and which values it may have where they are few. */
export const ATTRIBUTES = {
  "mcp.method.name": { meaning: "the method; `_OTHER` for one that its revision does not have" },
  "mcp.protocol.version": { meaning: "the revision that is spoken" },
  "gen_ai.operation.name": { meaning: "`execute_tool` for calls of tools", values: ["execute_tool"] },
  "gen_ai.tool.name": { meaning: "the tool; `_OTHER` for unknown ones, and for those above the bound" },
  "gen_ai.prompt.name": { meaning: "the prompt; `_OTHER` likewise" },
  "network.transport": { meaning: "`tcp` over HTTP, `pipe` over stdio", values: ["tcp", "pipe"] },
  "network.protocol.name": { meaning: "`http` over HTTP", values: ["http"] },
  "error.type": {
    meaning:
      "only where it failed: the JSON-RPC code; `tool_error` for a tool's result with `isError`; of a store `unavailable`, `gone` or `full`; else `_OTHER`",
  },
  "rpc.response.status_code": { meaning: "the JSON-RPC code, where the answer has one" },
  "slipway.outcome": {
    meaning:
      "how it ended; `asked`: completed, after it had waited for its client's answer, whose time is part of the duration",
    values: ["complete", "asked", "input_required", "task", "listen", "cancelled", "error"],
  },
  "slipway.handshake.outcome": { meaning: "how the handshake ended", values: ["succeeded", "failed"] },
  "slipway.refusal.reason": {
    meaning: "why",
    values: [
      "unauthenticated",
      "scope",
      "origin",
      "rate_limit",
      "too_many_streams",
      "no_room",
      "shutting_down",
      "unavailable",
      "unknown_session",
      "events_gone",
      "unsupported_version",
      "too_large",
      "bad_request",
      "internal",
    ],
  },
  "slipway.takeover.of": { meaning: "what was taken over", values: ["call", "task"] },
  "slipway.event.from": { meaning: "the instance that appended it", values: ["here", "elsewhere"] },
  "slipway.store.port": {
    meaning: "the port",
    values: ["sessions", "clientRequests", "tasks", "handles", "journals"],
  },
  "slipway.store.operation": { meaning: "the port's method" },
} as const satisfies { readonly [name: string]: { meaning: string; values?: readonly string[] } };

export interface Definition {
  /** In OpenTelemetry; {@link prometheusName} makes the other one of it. */
  readonly name: string;
  /** `level`: goes up and down; `bound`: a setting. */
  readonly kind: "histogram" | "counter" | "level" | "bound";
  /** By UCUM. */
  readonly unit: string;
  readonly meaning: string;
  readonly attributes: readonly AttributeName[];
  readonly boundaries?: readonly number[];
}

/** Of operations, as the conventions have them, in seconds. */
const OPERATION = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300];

/** Of what a store or a stream takes, in seconds. */
const QUICK = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];

export const METRICS = {
  operation: {
    name: "mcp.server.operation.duration",
    kind: "histogram",
    unit: "s",
    meaning: "From a request's receipt to its outcome. Its count is the number of requests.",
    attributes: [
      "mcp.method.name",
      "mcp.protocol.version",
      "gen_ai.operation.name",
      "gen_ai.tool.name",
      "gen_ai.prompt.name",
      "network.transport",
      "network.protocol.name",
      "error.type",
      "rpc.response.status_code",
      "slipway.outcome",
    ],
    boundaries: OPERATION,
  },
  session: {
    name: "mcp.server.session.duration",
    kind: "histogram",
    unit: "s",
    meaning: "From a session's opening to the end that its client gave it. What expires is not counted.",
    attributes: ["mcp.protocol.version", "network.transport", "network.protocol.name"],
    boundaries: OPERATION,
  },
  taskRun: {
    name: "slipway.task.run.duration",
    kind: "histogram",
    unit: "s",
    meaning: "A run of a task. One that has waited for its client's answer has several.",
    attributes: ["gen_ai.tool.name", "error.type", "slipway.outcome"],
    boundaries: OPERATION,
  },
  handshakes: {
    name: "slipway.handshakes",
    kind: "counter",
    unit: "{handshake}",
    meaning: "Handshakes (`initialize`), of the revisions that have them.",
    attributes: ["slipway.handshake.outcome"],
  },
  sessionsOpened: {
    name: "slipway.sessions.opened",
    kind: "counter",
    unit: "{session}",
    meaning: "Sessions that were opened here.",
    attributes: ["network.transport"],
  },
  refused: {
    name: "slipway.requests.refused",
    kind: "counter",
    unit: "{request}",
    meaning:
      "Requests, and messages over stdio, that were refused: before they were calls, or as calls by a limit or for a lack of scopes.",
    attributes: ["slipway.refusal.reason"],
  },
  takeovers: {
    name: "slipway.takeovers",
    kind: "counter",
    unit: "{takeover}",
    meaning: "What an instance that died has left, and goes on here.",
    attributes: ["slipway.takeover.of"],
  },
  callsLost: {
    name: "slipway.calls.lost",
    kind: "counter",
    unit: "{call}",
    meaning:
      "Calls that an instance had begun which died, and that could go on nowhere. Counted when their client comes back for the answer, which is an error.",
    attributes: [],
  },
  eventLag: {
    name: "slipway.event.lag",
    kind: "histogram",
    unit: "s",
    meaning: "From an event's append to the log to its being written to its client's stream.",
    attributes: ["slipway.event.from"],
    boundaries: QUICK,
  },
  streamsResumed: {
    name: "slipway.streams.resumed",
    kind: "counter",
    unit: "{stream}",
    meaning: "Streams that clients came back for with `Last-Event-ID`.",
    attributes: [],
  },
  streamsCut: {
    name: "slipway.streams.cut",
    kind: "counter",
    unit: "{stream}",
    meaning: "Streams that were cut off, since their reader was too slow.",
    attributes: [],
  },
  bytesCut: {
    name: "slipway.streams.cut.bytes",
    kind: "counter",
    unit: "By",
    meaning: "What was on its way to readers that were cut off.",
    attributes: [],
  },
  store: {
    name: "slipway.store.operation.duration",
    kind: "histogram",
    unit: "s",
    meaning:
      "An operation of a store that takes time: what answers at once, as memory does, is not measured, unless it fails.",
    attributes: ["slipway.store.port", "slipway.store.operation", "error.type"],
    boundaries: QUICK,
  },
  calls: {
    name: "slipway.calls.active",
    kind: "level",
    unit: "{call}",
    meaning: "Calls that are being served.",
    attributes: [],
  },
  callsLimit: {
    name: "slipway.calls.limit",
    kind: "bound",
    unit: "{call}",
    meaning: "How many may be served at once (`maxCalls`).",
    attributes: [],
  },
  sessions: {
    name: "slipway.sessions.active",
    kind: "level",
    unit: "{session}",
    meaning: "Sessions of which something is open here: a stream, or a call.",
    attributes: [],
  },
  streams: {
    name: "slipway.streams.active",
    kind: "level",
    unit: "{stream}",
    meaning: "Event streams that are open.",
    attributes: [],
  },
  streamsLimit: {
    name: "slipway.streams.limit",
    kind: "bound",
    unit: "{stream}",
    meaning: "How many may be open (`maxStreams`).",
    attributes: [],
  },
  tasks: {
    name: "slipway.tasks.active",
    kind: "level",
    unit: "{task}",
    meaning: "Tasks that are being run.",
    attributes: [],
  },
  asks: {
    name: "slipway.asks.waiting",
    kind: "level",
    unit: "{question}",
    meaning: "Questions of calls here that wait for their clients' answers, such as elicitations.",
    attributes: [],
  },
} as const satisfies { readonly [key: string]: Definition };

const UNITS: { readonly [unit: string]: string } = { s: "_seconds", By: "_bytes" };

/** As OpenTelemetry's own exporters to Prometheus name it. */
export function prometheusName({ name, unit, kind }: Pick<Definition, "name" | "unit" | "kind">): string {
  const base = label(name);
  const suffix = UNITS[unit] ?? "";
  const named = base.endsWith(suffix) ? base : base + suffix;
  return kind === "counter" ? `${named}_total` : named;
}

/** An attribute's name as a label. */
export function label(attribute: string): string {
  return attribute.replaceAll(".", "_");
}
