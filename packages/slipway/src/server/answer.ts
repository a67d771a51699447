import { ERROR_CODES, RpcError } from "../protocol/errors.ts";
import { isObject } from "../protocol/jsonrpc.ts";

/**
 * What a client's JSON-RPC response says.
 * @throws RpcError when it is an error
 */
export function readAnswer(response: unknown): unknown {
  if (!isObject(response)) {
    throw new RpcError(ERROR_CODES.INVALID_REQUEST, "The client's answer is not a JSON-RPC response.");
  }
  const error = response["error"];
  if (!isObject(error)) return response["result"];
  const { code, message, data } = error;
  throw new RpcError(typeof code === "number" ? code : ERROR_CODES.INTERNAL_ERROR, String(message), data);
}
