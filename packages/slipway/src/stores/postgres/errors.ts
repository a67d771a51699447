import { StoreUnavailableError } from "../../ports/index.ts";

// Connection exceptions, insufficient resources, shutdown and start, a standby that was asked to write.
const UNAVAILABLE = /^(?:08|53|57P0[1-5]|25006)/;

const SQLSTATE = /^[0-9A-Z]{5}$/;

/** The schema was made by a newer Slipway. */
export class SchemaVersionError extends Error {
  override readonly name: string = "SchemaVersionError";
}

/** Whether the connection, or the server, failed; not the statement. */
function isTrouble(error: unknown): boolean {
  if (error instanceof StoreUnavailableError) return true;
  if (error instanceof SchemaVersionError) return false;
  const code = (error as { code?: unknown }).code;
  // What the server did not say comes from the socket or the client.
  if (typeof code !== "string" || !SQLSTATE.test(code) || !isFromServer(error)) return true;
  return UNAVAILABLE.test(code);
}

export function translated(error: unknown): unknown {
  if (!isTrouble(error) || error instanceof StoreUnavailableError) return error;
  const message = error instanceof Error ? error.message || error.name : String(error);
  return new StoreUnavailableError(`Postgres cannot be reached now: ${message}.`, { cause: error });
}

/** Errors of the system, such as EPIPE, have codes of five letters too. */
function isFromServer(error: unknown): boolean {
  return typeof (error as { severity?: unknown }).severity === "string";
}
