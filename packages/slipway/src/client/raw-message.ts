import { classifyMessage, type JsonRpcMessage, type MessageKind } from "../protocol/jsonrpc.ts";
import { ClientError } from "./errors.ts";

/**
 * A message as it came off the wire: its text, and what it says. It is parsed when somebody first looks into it, and
 * once only, so that passing it on costs no more than its text.
 */
export class RawMessage {
  /** The JSON text, without a line break. */
  readonly text: string;
  /** The HTTP status that it came with, where it was a whole response. */
  readonly status: number | undefined;
  #value: JsonRpcMessage | undefined;
  #kind: MessageKind | undefined;

  constructor(text: string, status?: number) {
    this.text = text;
    this.status = status;
  }

  /** @throws ClientError `protocol` when the text is no JSON-RPC message */
  get value(): JsonRpcMessage {
    if (this.#value === undefined) this.#look(this.#parse());
    return this.#value as JsonRpcMessage;
  }

  /** @throws ClientError `protocol` when the text is no JSON-RPC message */
  get kind(): MessageKind {
    if (this.#kind === undefined) this.#look(this.#parse());
    return this.#kind as MessageKind;
  }

  #parse(): unknown {
    try {
      return JSON.parse(this.text);
    } catch (cause) {
      throw new ClientError("protocol", `The server sent what is not JSON: ${excerpt(this.text)}`, { cause });
    }
  }

  #look(value: unknown): void {
    const kind = classifyMessage(withoutNullId(value));
    if (typeof kind === "object") {
      throw new ClientError("protocol", `The server sent no JSON-RPC message: ${kind.reason}`);
    }
    this.#kind = kind;
    this.#value = value as JsonRpcMessage;
  }
}

/** JSON-RPC answers with a null id what it could not read the id of; MCP leaves the id out. */
function withoutNullId(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("id" in value) || value.id !== null) return value;
  const { id: _, ...rest } = value;
  return rest;
}

/** The beginning of what a server sent, for an error message. */
export function excerpt(text: string, max = 200): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= max ? line : `${line.slice(0, max)}…`;
}
