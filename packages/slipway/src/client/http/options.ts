export interface HttpTransportOptions {
  /**
   * Headers for every request, such as `{ Authorization: "Bearer …" }`; or a function that is asked for them before each
   * request, for tokens that are renewed.
   */
  headers?: Readonly<Record<string, string>> | (() => HeaderRecord | Promise<HeaderRecord>);
  /** Default: the global `fetch`. */
  fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** The longest message that is taken from the server, in bytes. Default: 64 MiB. */
  maxMessageBytes?: number;
  /** How broken streams are resumed, in revisions that can. */
  reconnection?: ReconnectionOptions;
}

type HeaderRecord = Readonly<Record<string, string>>;

export interface ReconnectionOptions {
  /** The wait before the first try, in milliseconds, where the server has not named another. Default: 1,000. */
  delayMs?: number;
  /** Each further wait is twice as long, up to this. Default: 30,000. */
  maxDelayMs?: number;
  /** How often in a row a request's stream is tried in vain before the request fails. Default: 5. */
  maxRetries?: number;
}

/** How long to wait before one more try, after so many in vain. */
export function delayOf(
  { delayMs = 1000, maxDelayMs = 30_000 }: ReconnectionOptions,
  failures: number,
): number {
  return Math.min(delayMs * 2 ** failures, maxDelayMs);
}
