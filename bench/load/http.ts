import { autocannonVersion, loadWithAutocannon } from "./autocannon.ts";
import type { HttpRequest } from "./messages.ts";
import { loadWithWrk, wrkVersion } from "./wrk.ts";

export interface HttpLoad {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  /** Sent in this order, and again from the first one. */
  readonly requests: readonly HttpRequest[];
}

export interface HttpLoadResult {
  /** Responses that came in full. */
  readonly requests: number;
  readonly seconds: number;
  /** What all responses took on the wire, in bytes. */
  readonly bytes: number;
  /** Responses with an error status, and requests without response. */
  readonly failed: number;
}

const wrk = wrkVersion();

/** What makes the load, with its version. */
export const generator: string = wrk ?? autocannonVersion();

export const loadHttp: (load: HttpLoad) => Promise<HttpLoadResult> =
  wrk === undefined ? loadWithAutocannon : loadWithWrk;
