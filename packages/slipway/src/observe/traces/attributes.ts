import type { Attributes, Span } from "@opentelemetry/api";
import type { Call } from "../../server/index.ts";
import { codeOf, isFailure } from "../ending.ts";
import type { Run } from "../part.ts";
import { methodOf, sessionDigest, subjectOf, transportOf } from "../subject.ts";
import type { Api } from "./api.ts";
import type { TracesOptions } from "./index.ts";

/** What samplers may go by. No more, as it is made also for all the calls that are not sampled. */
export function beginning(method: string): Attributes {
  return { "mcp.method.name": method };
}

/** What else is known of a question to the client, or of a call, when it begins. */
export function transportAttributes(call: Call): Attributes {
  const transport = transportOf(call);
  return {
    "mcp.protocol.version": call.revision.version,
    ...(transport !== undefined && { "network.transport": transport }),
    ...(transport === "tcp" && { "network.protocol.name": "http" }),
  };
}

/** For spans that are recorded. */
export function detailsOf(call: Call, { recordArguments }: TracesOptions): Attributes {
  const { id, method, session, request, outlet, params } = call;
  const attributes = transportAttributes(call);
  attributes["jsonrpc.request.id"] = String(id).slice(0, MAX_ID_LENGTH);
  if (method === "tools/call") attributes["gen_ai.operation.name"] = "execute_tool";
  if (session?.id !== undefined) attributes["mcp.session.id"] = sessionDigest(session.id);
  if (request?.remoteAddress !== undefined) attributes["client.address"] = request.remoteAddress;
  if (outlet.task !== undefined) attributes["slipway.task.id"] = outlet.task.id;
  if (recordArguments === true) Object.assign(attributes, argumentsOf(method, params?.["arguments"]));
  return attributes;
}

const MAX_ID_LENGTH = 128;
/** Prompts may be sent any number of arguments. */
const MAX_VARIABLES = 32;

function argumentsOf(method: string, given: unknown): Attributes {
  if (method === "tools/call") return { "gen_ai.tool.call.arguments": JSON.stringify(given ?? {}) };
  if (method !== "prompts/get" || typeof given !== "object" || given === null) return {};
  const variables = Object.entries(given).slice(0, MAX_VARIABLES);
  return Object.fromEntries(
    variables.map(([name, value]) => [`gen_ai.prompt.variable.${name}`, String(value)]),
  );
}

/** Names the span by what was found, and says how the call has ended. */
export function endSpan(api: Api, span: Span, run: Run, { recordResults }: TracesOptions): void {
  const { call, outcome, ending } = run;
  const { tool, prompt, resource } = subjectOf(call);
  const target = tool ?? prompt;
  if (target !== undefined) span.updateName(`${methodOf(call)} ${target}`);
  if (tool !== undefined) span.setAttribute("gen_ai.tool.name", tool);
  if (prompt !== undefined) span.setAttribute("gen_ai.prompt.name", prompt);
  if (resource !== undefined) span.setAttribute("mcp.resource.uri", resource);
  // In the words of the metrics: of what kind an error is, `error.type` says.
  span.setAttribute("slipway.outcome", ending === "tool_error" || ending === "refused" ? "error" : ending);
  const code = codeOf(run);
  if (code !== undefined && ending !== "cancelled") {
    span.setAttribute("rpc.response.status_code", String(code));
    if (isFailure(code)) setFailure(api, span, String(code), messageOf(run));
  }
  if (ending === "tool_error") setFailure(api, span, ending, undefined);
  if (recordResults === true && outcome?.kind === "complete" && tool !== undefined)
    span.setAttribute("gen_ai.tool.call.result", JSON.stringify(outcome.result));
}

function messageOf({ outcome }: Run): string | undefined {
  return outcome?.kind === "error" ? outcome.error.message : undefined;
}

export function setFailure(api: Api, span: Span, type: string, message: string | undefined): void {
  span.setAttribute("error.type", type);
  span.setStatus({ code: api.SpanStatusCode.ERROR, ...(message !== undefined && { message }) });
}
