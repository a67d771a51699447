import { ERROR_CODES, RpcError } from "../../errors.ts";
import { describe, isObject, isRequestId, type Params, type RequestId } from "../../jsonrpc.ts";
import {
  type ClientCapabilities,
  type Implementation,
  isLoggingLevel,
  type LoggingLevel,
} from "../../types.ts";

/** @see https://modelcontextprotocol.io/specification/2026-07-28/basic/index#meta */
export const META = {
  protocolVersion: "io.modelcontextprotocol/protocolVersion",
  clientInfo: "io.modelcontextprotocol/clientInfo",
  clientCapabilities: "io.modelcontextprotocol/clientCapabilities",
  logLevel: "io.modelcontextprotocol/logLevel",
  subscriptionId: "io.modelcontextprotocol/subscriptionId",
  serverInfo: "io.modelcontextprotocol/serverInfo",
} as const;

/** What every modern request says about itself. */
export interface Envelope {
  readonly version: string;
  readonly clientInfo: Implementation | undefined;
  readonly clientCapabilities: ClientCapabilities;
  readonly logLevel: LoggingLevel | undefined;
}

/** The version that a message's `_meta` declares, if it declares one. */
export function declaredVersion(params: Params | undefined): string | undefined {
  const meta = params?.["_meta"];
  const version = isObject(meta) ? meta[META.protocolVersion] : undefined;
  return typeof version === "string" ? version : undefined;
}

/**
 * Reads and checks the per-request fields.
 * @throws RpcError -32602 with HTTP status 400 when a required field is missing or of the wrong type.
 */
export function readEnvelope(params: Params | undefined): Envelope {
  const meta = params?.["_meta"];
  if (!isObject(meta)) throw malformed(`"_meta"`, "an object with the per-request fields", meta);
  const version = meta[META.protocolVersion];
  if (typeof version !== "string") throw malformed(`"_meta.${META.protocolVersion}"`, "a string", version);
  const capabilities = meta[META.clientCapabilities];
  if (!isObject(capabilities)) {
    throw malformed(`"_meta.${META.clientCapabilities}"`, "an object", capabilities);
  }
  const info = meta[META.clientInfo];
  if (info !== undefined && !isImplementation(info)) {
    throw malformed(`"_meta.${META.clientInfo}"`, `an object with "name" and "version"`, info);
  }
  const logLevel = meta[META.logLevel];
  if (logLevel !== undefined && !isLoggingLevel(logLevel)) {
    throw malformed(`"_meta.${META.logLevel}"`, "one of the eight log levels", logLevel);
  }
  return { version, clientInfo: info, clientCapabilities: capabilities, logLevel };
}

export function isImplementation(value: unknown): value is Implementation {
  return isObject(value) && typeof value["name"] === "string" && typeof value["version"] === "string";
}

/** The progress token of a request: a string or an integer, 0 and "" included. */
export function progressTokenOf(params: Params | undefined): RequestId | undefined {
  const meta = params?.["_meta"];
  const token = isObject(meta) ? meta["progressToken"] : undefined;
  return isRequestId(token) ? token : undefined;
}

export function unsupportedVersion(requested: string, supported: readonly string[]): RpcError {
  return new RpcError(
    ERROR_CODES.UNSUPPORTED_PROTOCOL_VERSION,
    "Unsupported protocol version",
    { supported, requested: requested.slice(0, 64) },
    400,
  );
}

function malformed(field: string, expected: string, came: unknown): RpcError {
  return new RpcError(
    ERROR_CODES.INVALID_PARAMS,
    `${field} must be ${expected}, got ${describe(came)}`,
    undefined,
    400,
  );
}
