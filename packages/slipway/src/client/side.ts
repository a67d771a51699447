import {
  encodeHeaderValue,
  META,
  nameSource,
  type Revision,
  TASKS_EXTENSION,
} from "../protocol/eras/index.ts";
import type { Params } from "../protocol/jsonrpc.ts";
import type { ClientCapabilities, LoggingLevel } from "../protocol/types.ts";
import { capabilitiesOf } from "./asks.ts";
import type { ClientOptions } from "./options.ts";

/** What a client says about itself, in the words of one revision: once on opening, or with each request. */
export class Side {
  readonly revision: Revision;
  readonly info: object;
  readonly capabilities: ClientCapabilities;
  /** The least level of log messages that are wanted; a request's own affair in revisions without handshake. */
  logLevel: LoggingLevel | undefined;
  readonly #options: ClientOptions;

  constructor(revision: Revision, options: ClientOptions) {
    this.#options = options;
    this.revision = revision;
    this.info = revision.encodeInfo(options.info);
    const capabilities = capabilitiesOf(options);
    const { extensions } = capabilities;
    if (revision.handshake) this.capabilities = withListChanges(capabilities);
    else if (options.tasks === false) this.capabilities = capabilities;
    else this.capabilities = { ...capabilities, extensions: { [TASKS_EXTENSION]: {}, ...extensions } };
  }

  withRevision(revision: Revision): Side {
    return new Side(revision, this.#options);
  }

  /** The parameters of a request with the metadata that they travel with; undefined when there is nothing to say. */
  params(params: Params | undefined, meta: Params | undefined): Params | undefined {
    const given = params?.["_meta"] as Params | undefined;
    if (this.revision.handshake) {
      return meta === undefined ? params : { ...params, _meta: { ...given, ...meta } };
    }
    return {
      ...params,
      _meta: {
        ...given,
        ...meta,
        [META.protocolVersion]: this.revision.version,
        [META.clientInfo]: this.info,
        [META.clientCapabilities]: this.capabilities,
        ...(this.logLevel !== undefined && { [META.logLevel]: this.logLevel }),
      },
    };
  }

  /**
   * The headers that repeat what a request says.
   * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#request-metadata
   */
  headers(method: string, params: Params | undefined): Record<string, string> {
    const source = nameSource(method);
    const name = source === undefined ? undefined : params?.[source];
    return this.namedHeaders(method, typeof name === "string" ? name : undefined);
  }

  namedHeaders(method: string, name: string | undefined): Record<string, string> {
    if (this.revision.handshake) return {};
    return {
      "mcp-protocol-version": this.revision.version,
      "mcp-method": method,
      ...(name !== undefined && { "mcp-name": encodeHeaderValue(name) }),
    };
  }
}

/** A client that keeps a session can tell when its roots change. */
function withListChanges(capabilities: ClientCapabilities): ClientCapabilities {
  const { roots } = capabilities;
  return roots === undefined ? capabilities : { ...capabilities, roots: { listChanged: true, ...roots } };
}
