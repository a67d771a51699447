import { ERROR_CODES, RpcError } from "../../errors.ts";
import { isObject, type JsonRpcErrorObject } from "../../jsonrpc.ts";
import type { CacheHints, ServerCapabilities } from "../../types.ts";
import type { AskMethod, Identity, Revision } from "../revision.ts";
import { EXTENSION_TASKS, TASKS_EXTENSION } from "./tasks.ts";

const same = <T>(value: T): T => value;

const METHODS = new Set([
  "server/discover",
  "tools/list",
  "tools/call",
  "resources/list",
  "resources/templates/list",
  "resources/read",
  "prompts/list",
  "prompts/get",
  "completion/complete",
  "subscriptions/listen",
  "tasks/get",
  "tasks/update",
  "tasks/cancel",
]);

/** `{"a":1}` and `"b":2` to `{"a":1,"b":2}`, without parsing. */
function appendMembers(json: string, members: string): string {
  return json === "{}" ? `{${members}}` : `${json.slice(0, -1)},${members}}`;
}

/** Members that the revision itself puts into a result; a handler's of the same name would stand there twice. */
function withoutOwnMembers(result: object): object {
  if (!("resultType" in result || "ttlMs" in result || "cacheScope" in result)) return result;
  const { resultType: _, ttlMs: __, cacheScope: ___, ...rest } = result as { [name: string]: unknown };
  return rest;
}

function encodeComplete(given: object, identity: Identity, cache?: CacheHints): string {
  const result = withoutOwnMembers(given);
  const meta = (result as { _meta?: object })._meta;
  let members = `"resultType":"complete"`;
  if (cache !== undefined) {
    members += `,"ttlMs":${cache.ttlMs ?? 0},"cacheScope":"${cache.cacheScope ?? "private"}"`;
  }
  if (meta === undefined) {
    return appendMembers(JSON.stringify(result), `${members},"_meta":${identity.metaJson}`);
  }
  const merged = { ...(JSON.parse(identity.metaJson) as object), ...meta };
  return appendMembers(JSON.stringify({ ...result, _meta: merged }), members);
}

/** Tasks are an extension here. */
function encodeCapabilities({ tasks, ...rest }: ServerCapabilities): object {
  return tasks === undefined ? rest : { ...rest, extensions: { ...rest.extensions, [TASKS_EXTENSION]: {} } };
}

/** Whether a call becomes a task is the server's own affair here. */
function encodeTool(tool: { readonly [key: string]: unknown }): object {
  if (tool["execution"] === undefined) return tool;
  const { execution: _, ...rest } = tool;
  return rest;
}

/** Resource not found is -32602 here; earlier codes must not be sent. */
function encodeError(error: RpcError): JsonRpcErrorObject {
  const json = error.toJSON();
  return json.code === ERROR_CODES.RESOURCE_NOT_FOUND ? { ...json, code: ERROR_CODES.INVALID_PARAMS } : json;
}

/**
 * From -32000 to -32099 a call may end in nothing but a missing capability, and a missing resource, whose code is
 * written anew. The other codes that the specification defines are those of requests that never become a call.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/index#error-codes
 */
function allowsError({ code, data }: RpcError): boolean {
  if (code === ERROR_CODES.RESOURCE_NOT_FOUND) return true;
  if (code === ERROR_CODES.MISSING_REQUIRED_CLIENT_CAPABILITY) {
    return isObject(data) && isObject(data["requiredCapabilities"]);
  }
  return Number.isInteger(code) && (code > -32000 || code < -32099);
}

/** @see https://modelcontextprotocol.io/specification/2026-07-28/schema#missingrequiredclientcapabilityerror */
function missingCapability(capability: string, ask: AskMethod): RpcError {
  const [name = capability, sub] = capability.split(".");
  return new RpcError(
    ERROR_CODES.MISSING_REQUIRED_CLIENT_CAPABILITY,
    `This call needs to send ${ask}, for which the client must declare the capability "${capability}".`,
    { requiredCapabilities: { [name]: sub === undefined ? {} : { [sub]: {} } } },
    400,
  );
}

/** @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#protocol-version-header */
const STATUS: ReadonlyMap<number, number> = new Map([
  [ERROR_CODES.PARSE_ERROR, 400],
  [ERROR_CODES.INVALID_REQUEST, 400],
  [ERROR_CODES.METHOD_NOT_FOUND, 404],
  [ERROR_CODES.HEADER_MISMATCH, 400],
  [ERROR_CODES.MISSING_REQUIRED_CLIENT_CAPABILITY, 400],
  [ERROR_CODES.UNSUPPORTED_PROTOCOL_VERSION, 400],
]);

/** Newest first. */
export const MODERN_REVISIONS: readonly Revision[] = [
  {
    version: "2026-07-28",
    handshake: false,
    requests: METHODS,
    notifications: new Set(["notifications/cancelled"]),
    asks: new Set<AskMethod>(["elicitation/create", "sampling/createMessage", "roots/list"]),
    askTravel: "result",
    askable: new Set(["tools/call", "resources/read", "prompts/get"]),
    batches: false,
    resumable: false,
    primesStreams: false,
    logLevelPerRequest: true,
    disconnectCancels: true,
    tasks: EXTENSION_TASKS,
    encodeInfo: same,
    encodeCapabilities,
    encodeTool,
    encodeResource: same,
    encodePrompt: same,
    encodeContent: same,
    encodeCallToolResult: same,
    encodeGetPromptResult: same,
    encodeReadResourceResult: same,
    encodeProgress: same,
    encodeAsk: same,
    encodeError,
    allowsError,
    statusOf: (error) => error.httpStatus ?? STATUS.get(error.code) ?? 200,
    missingCapability,
    encodeComplete,
  },
];
