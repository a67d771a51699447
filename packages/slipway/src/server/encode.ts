import { META, type Revision } from "../protocol/eras/index.ts";
import type { RpcError } from "../protocol/errors.ts";
import type { RequestId } from "../protocol/jsonrpc.ts";
import type { ServerCore } from "./core.ts";
import { masked } from "./failure.ts";
import type { EncodedJson, Outcome } from "./outcome.ts";

/** A response: text, or text around a part that is sent many times. */
export type EncodedResponse =
  | string
  | { readonly head: string; readonly body: EncodedJson; readonly tail: string };

/** From this size on a repeated part is worth its bytes being kept. */
const KEEP_BYTES_FROM = 8192;

export function encodeId(id: RequestId): string {
  return typeof id === "number" ? `${id}` : JSON.stringify(id);
}

/** The JSON-RPC response that an outcome becomes, except for those that open a stream. */
export function encodeResponse(
  core: ServerCore,
  revision: Revision,
  id: RequestId,
  outcome: Exclude<Outcome, { kind: "listen" }>,
): EncodedResponse {
  try {
    return encodeOutcome(core, revision, id, outcome);
  } catch (error) {
    // A handler gave what JSON cannot hold; its client waits for an answer all the same.
    return encodeError(revision, id, masked(error, "A result could not be written as JSON", core.logger));
  }
}

function encodeOutcome(
  core: ServerCore,
  revision: Revision,
  id: RequestId,
  outcome: Exclude<Outcome, { kind: "listen" }>,
): EncodedResponse {
  const head = `{"jsonrpc":"2.0","id":${encodeId(id)},"result":`;
  switch (outcome.kind) {
    case "complete":
      return `${head}${core.encode(revision, outcome)}}`;
    case "encoded":
      return outcome.json.text.length < KEEP_BYTES_FROM
        ? `${head}${outcome.json.text}}`
        : { head, body: outcome.json, tail: "}" };
    case "input_required":
      return `${head}${encodeInputRequired(core, outcome)}}`;
    case "task":
      return `${head}${encodeTask(core, revision, outcome)}}`;
    case "error":
      return encodeError(revision, id, outcome.error);
  }
}

/** @see https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/mrtr#inputrequiredresult */
function encodeInputRequired(
  core: ServerCore,
  outcome: Extract<Outcome, { kind: "input_required" }>,
): string {
  const requests = JSON.stringify(Object.fromEntries(outcome.asks));
  return (
    `{"resultType":"input_required","inputRequests":${requests},` +
    `"requestState":${JSON.stringify(outcome.state)},"_meta":${core.identity.metaJson}}`
  );
}

function encodeTask(
  core: ServerCore,
  { tasks }: Revision,
  outcome: Extract<Outcome, { kind: "task" }>,
): string {
  if (tasks === undefined) throw new Error("A call became a task for a client whose revision has none.");
  return tasks.encode(outcome.task, core.identity, outcome.created);
}

export function encodeError(revision: Revision, id: RequestId | undefined, error: RpcError): string {
  const idMember = id === undefined ? "" : `"id":${encodeId(id)},`;
  return `{"jsonrpc":"2.0",${idMember}"error":${JSON.stringify(revision.encodeError(error))}}`;
}

export function textOf(response: EncodedResponse): string {
  return typeof response === "string" ? response : response.head + response.body.text + response.tail;
}

/** The response that ends a subscription in good order. */
export function encodeListenEnd(core: ServerCore, id: RequestId): string {
  const meta = { ...(JSON.parse(core.identity.metaJson) as object), [META.subscriptionId]: id };
  return `{"jsonrpc":"2.0","id":${encodeId(id)},"result":{"resultType":"complete","_meta":${JSON.stringify(meta)}}}`;
}
