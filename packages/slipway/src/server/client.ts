import type { AskMethod, Revision } from "../protocol/eras/index.ts";
import { isObject } from "../protocol/jsonrpc.ts";
import type { ClientCapabilities, Implementation } from "../protocol/types.ts";

/** Capabilities that a handler may ask for. */
export type ClientFeature =
  | "elicitation"
  | "elicitation.url"
  | "sampling"
  | "sampling.tools"
  | "sampling.context"
  | "roots";

const ASK_OF: ReadonlyMap<string, AskMethod> = new Map([
  ["elicitation", "elicitation/create"],
  ["sampling", "sampling/createMessage"],
  ["roots", "roots/list"],
]);

/** The client of a call, as it describes itself. */
export class Client {
  /** Self-reported and unverified: for display and logs, never for decisions. */
  readonly info: Implementation | undefined;
  readonly capabilities: ClientCapabilities;
  readonly #revision: Revision;

  constructor(
    revision: Revision,
    info: Implementation | undefined,
    capabilities: ClientCapabilities | undefined,
  ) {
    this.#revision = revision;
    this.info = info;
    this.capabilities = capabilities ?? {};
  }

  get protocolVersion(): string {
    return this.#revision.version;
  }

  /** Whether the client can answer: it declared the capability, and its revision has it. */
  supports(feature: ClientFeature): boolean {
    const [name = feature, sub] = feature.split(".");
    const ask = ASK_OF.get(name);
    if (ask === undefined || !this.#revision.asks.has(ask)) return false;
    const declared = this.capabilities[name];
    if (!isObject(declared)) return false;
    if (sub !== undefined) return isObject(declared[sub]);
    // An empty object stands for form mode alone; a client may also name URL mode alone.
    return name !== "elicitation" || declared["form"] !== undefined || declared["url"] === undefined;
  }
}
