import type { Principal } from "./principal.ts";

/** What authentication sees of a request. */
export interface IncomingRequest {
  readonly method: string;
  /** Absolute, or from the path on. */
  readonly url: string;
  readonly headers: { get(name: string): string | null };
  readonly remoteAddress: string | undefined;
}

/** A status with headers, their names in lower case, and a body where there is one. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: string;
}

/** A call that its caller lacks scopes for. */
export interface ScopeLack {
  /** All scopes that the call needs. */
  readonly scopes: readonly string[];
  readonly principal: Principal | undefined;
  /**
   * Whether the client itself adds what it asks for to what it was granted before. Those of revisions with handshake
   * are not told to.
   */
  readonly clientAccumulates: boolean;
}

/** Finds out who calls over HTTP, and tells clients how they may be let in. `slipway/auth` makes such; so may you. */
export interface Authentication {
  /**
   * Who calls; `undefined`: nobody in particular, and that is allowed.
   * @throws HttpError to refuse the request
   */
  authenticate(request: IncomingRequest): Principal | undefined | Promise<Principal | undefined>;
  /** Paths of public documents that are served besides the endpoint. */
  readonly paths?: readonly string[];
  /** The answer to a request for such a document, or to a browser that asks whether it may; `undefined` for others. */
  document?(request: Pick<IncomingRequest, "method" | "url">): HttpAnswer | undefined;
  /** How a call ends over HTTP whose caller lacks scopes. Default: 403. */
  challenge?(lack: ScopeLack): HttpAnswer;
}
