import type { Call, RequestView } from "../server/index.ts";
import { Ids } from "./ids.ts";

/** `version-traceid-parentid-flags`, of any version. @see https://www.w3.org/TR/trace-context/#traceparent-header */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?$/;

const ids = new Ids();

/** What others make as ids of requests: short, and of one word. */
const REQUEST_ID = /^[A-Za-z0-9][\w.:=+/-]{7,127}$/;

/**
 * The id by which everything that is said of a call is found: the id of its trace, else what `x-request-id` says where
 * that is well formed, else one that is made for it.
 */
export function correlationIdOf({ params, request }: Call): string {
  const meta = params?.["_meta"] as { traceparent?: unknown } | undefined;
  return traceIdOf(meta?.traceparent) ?? correlationOf(request) ?? ids.trace();
}

/** The same of an HTTP request; `undefined` where it has brought none. */
export function correlationOf(request: RequestView | undefined): string | undefined {
  if (request === undefined) return undefined;
  const { headers } = request;
  const traceId = traceIdOf(headers.get("traceparent"));
  if (traceId !== undefined) return traceId;
  const requestId = headers.get("x-request-id");
  return requestId !== null && REQUEST_ID.test(requestId) ? requestId : undefined;
}

function traceIdOf(traceparent: unknown): string | undefined {
  return typeof traceparent === "string" && traceparent.length < 256
    ? TRACEPARENT.exec(traceparent)?.[1]
    : undefined;
}
