import { ClientError, reasonOf } from "../errors.ts";
import { excerpt } from "../raw-message.ts";
import { textOf } from "./body.ts";
import type { HttpTransportOptions } from "./options.ts";

/** Sends HTTP requests to one server. */
export class Requests {
  readonly url: string;
  readonly #options: HttpTransportOptions;

  constructor(url: string, options: HttpTransportOptions) {
    this.url = url;
    this.#options = options;
  }

  /** @throws ClientError `connection` when there is no response; what the signal fired with when it fires */
  async send(init: RequestInit & { headers: Record<string, string> }, url = this.url): Promise<Response> {
    const { headers: own, fetch: send = globalThis.fetch } = this.#options;
    const more = typeof own === "function" ? await own() : own;
    const signal = init.signal;
    signal?.throwIfAborted();
    try {
      return await send(url, { ...init, headers: { ...more, ...init.headers } });
    } catch (cause) {
      signal?.throwIfAborted();
      throw new ClientError("connection", `${url} could not be reached: ${reasonOf(cause)}`, { cause });
    }
  }
}

/** The error for a status that is no success. */
export async function statusError(response: Response, maxBytes: number, text?: string): Promise<ClientError> {
  const { status, headers, url } = response;
  const body = text ?? (await textOf(response, maxBytes).catch(() => ""));
  const said = body.trim() === "" ? "" : `: ${excerpt(body)}`;
  const hint = status === 401 ? " (it wants authorization: see the option `headers`)" : "";
  return new ClientError(
    "status",
    `${url || "The server"} answered with HTTP status ${status}${hint}${said}`,
    {
      status,
      headers,
    },
  );
}
