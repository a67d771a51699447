import type { Principal } from "../ports/index.ts";
import { declaredVersion, type Revision } from "../protocol/eras/index.ts";
import {
  classifyMessage,
  type JsonRpcMessage,
  type JsonRpcRequest,
  type Params,
} from "../protocol/jsonrpc.ts";
import type { Endpoint } from "./endpoint.ts";
import type { BodyReader, Exchange, Headers } from "./exchange.ts";
import { answering, HttpError } from "./http-error.ts";
import { serveModern } from "./modern.ts";
import { mismatch } from "./modern-headers.ts";

/** A POST whose body is on its way: takes the body, and serves what is in it. */
export class Post implements BodyReader {
  readonly #endpoint: Endpoint;
  readonly #exchange: Exchange;
  readonly #cors: Headers;
  readonly #principal: Principal | undefined;

  constructor(endpoint: Endpoint, exchange: Exchange, cors: Headers, principal: Principal | undefined) {
    this.#endpoint = endpoint;
    this.#exchange = exchange;
    this.#cors = cors;
    this.#principal = principal;
  }

  take(text: string): void {
    try {
      const served = this.#serve(this.#endpoint.parse(text));
      if (served === undefined) return;
      const endpoint = this.#endpoint;
      // It may take time until there is a call.
      endpoint.taken++;
      void served.catch((error: unknown) => this.fail(error)).then(() => endpoint.taken--);
    } catch (error) {
      this.fail(error);
    }
  }

  fail(error: unknown): void {
    this.#endpoint.refuse(this.#exchange, this.#cors, error);
  }

  #serve(body: unknown): void | Promise<void> {
    const endpoint = this.#endpoint;
    const exchange = this.#exchange;
    const cors = this.#cors;
    const principal = this.#principal;
    if (Array.isArray(body)) return endpoint.legacy.batch(exchange, cors, principal, body);
    const kind = classifyMessage(body);
    if (typeof kind !== "string") {
      const message = `The body is not a JSON-RPC message: ${kind.reason}.`;
      throw new HttpError(400, message, { requestId: kind.id });
    }
    if (kind === "request") endpoint.checkRoom();
    const message = body as JsonRpcMessage;
    const method = "method" in message ? message.method : undefined;
    const params = "method" in message ? message.params : undefined;
    const revision = this.#classify(message, method, params);
    if (revision === "legacy") return endpoint.legacy.post(exchange, cors, principal, kind, message);
    if (kind === "request") {
      return serveModern(endpoint, exchange, cors, principal, revision, message as JsonRpcRequest);
    }
    if (kind === "notification") return exchange.respond(202, cors);
    throw new HttpError(400, "Clients of this revision send no responses; answers travel as inputResponses.");
  }

  #classify(
    message: JsonRpcMessage,
    method: string | undefined,
    params: Params | undefined,
  ): Revision | "legacy" {
    const { revisions } = this.#endpoint.core;
    const header = this.#exchange.header("mcp-protocol-version");
    const declared = declaredVersion(params);
    try {
      if (declared !== undefined && header !== undefined && header !== declared) {
        throw mismatch("MCP-Protocol-Version does not match the version in the body's _meta");
      }
      const revision = revisions.classify(method, declared, header);
      // A handshake settles the version only.
      const opens = method === "initialize" && header === undefined && revisions.handshakes;
      if (revision === "legacy" && !opens) this.#endpoint.declaredRevision(this.#exchange);
      return revision;
    } catch (error) {
      throw answering(error, message);
    }
  }
}
