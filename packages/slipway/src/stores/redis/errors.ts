import { StoreUnavailableError } from "../../ports/index.ts";

/** Replies of a server that cannot do now what it could do before. */
const AWAY = new Set([
  "BUSY",
  "CLUSTERDOWN",
  "LOADING",
  "MASTERDOWN",
  "MISCONF",
  "NOREPLICAS",
  "OOM",
  "READONLY",
  "TRYAGAIN",
  "UNKILLABLE",
]);

/** `CODE what is wrong`, as Redis replies; what the libraries say of connections begins otherwise. */
const REPLY = /^(?:-)?([A-Z][A-Z0-9_]*) /;

/** The code of an error reply, such as `NOSCRIPT`; `undefined` for errors of the connection. */
export function replyCode(error: unknown): string | undefined {
  return error instanceof Error ? REPLY.exec(error.message)?.[1] : undefined;
}

/** What a failed command is told as: a reply that says that the command is wrong stays as it is. */
export function asStoreError(error: unknown, what: string): unknown {
  if (error instanceof StoreUnavailableError) return error;
  const code = replyCode(error);
  if (code !== undefined && !AWAY.has(code)) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return unavailable(
    code === undefined
      ? `The connection to Redis failed during ${what}, which may have been done: ${reason}`
      : `Redis could not do ${what}: ${reason}`,
    error,
  );
}

/** Whether another connection may lead to a server that can do it: this one is broken, or to one that has no say. */
export function isElsewhere(error: unknown): boolean {
  const code = replyCode(error);
  return code === undefined || code === "READONLY" || code === "MASTERDOWN" || code === "CLUSTERDOWN";
}

export function unavailable(message: string, cause?: unknown): StoreUnavailableError {
  return new StoreUnavailableError(message, cause === undefined ? undefined : { cause });
}
