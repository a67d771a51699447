import type { Message } from "./messages.ts";

/** What the clients of one endpoint have received. */
export class Traffic {
  /** In order. */
  readonly messages: Message[] = [];
  readonly #ofModern: Message[] = [];
  #onPipe = false;
  #legacy = false;

  /** Counts a client. */
  join(era: "modern" | "legacy"): void {
    if (era === "legacy") this.#legacy = true;
  }

  /** @param era of the client; undefined on a pipe, which tells no clients apart */
  receive(message: Message, era: "modern" | "legacy" | undefined): void {
    this.messages.push(message);
    if (era === undefined) this.#onPipe = true;
    if (era === "modern") this.#ofModern.push(message);
  }

  /** @throws Error when a client of 2026-07-28 received what it never may, whatever the test was about */
  check(): void {
    const checked = this.#onPipe && !this.#legacy ? this.messages : this.#ofModern;
    for (const message of checked) {
      const broken = brokenInvariant(message);
      if (broken !== undefined) {
        throw new Error(
          `No message may be so to a client of 2026-07-28: ${broken}\n${JSON.stringify(message)}`,
        );
      }
    }
  }
}

const DEFINED_CODES = new Set([-32020, -32021, -32022]);

/** @see https://modelcontextprotocol.io/specification/2026-07-28/basic/index#messages */
function brokenInvariant(message: Message): string | undefined {
  if (message.jsonrpc !== "2.0") return "it is not JSON-RPC 2.0";
  if (message.method !== undefined) return "id" in message ? "it is a request" : undefined;
  if ("result" in message === "error" in message) return "it is neither a result nor an error";
  if ("result" in message)
    return message.result?.resultType === undefined ? "its result has no type" : undefined;
  const code = message.error?.code ?? Number.NaN;
  if (!Number.isInteger(code)) return "its code is no integer";
  const reserved = code <= -32000 && code >= -32099;
  return reserved && !DEFINED_CODES.has(code) ? `the code ${code} is reserved` : undefined;
}
