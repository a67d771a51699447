import type { ListKind } from "../../server/changes.ts";
import type { ServerCore } from "../../server/core.ts";
import { McpServer } from "../../server/index.ts";

const KINDS = ["tools", "prompts", "resources"] as const;

/** What a change of servers means for clients. */
export interface Swapped {
  /** Lists that are other than before; clients are told. */
  readonly changed: readonly ListKind[];
  /** Lists that there were none of before: clients that are connected do not ask for them until they connect anew. */
  readonly added: readonly ListKind[];
}

/**
 * A server in whose place another can be put while it is served: sessions, streams and subscriptions stay, calls that are at work
 * end where they began, and clients are told which lists changed.
 */
export class Reloadable {
  /** For transports. */
  readonly server: McpServer;
  /** Those of no server that may be replaced, so that who listens to them need not know. */
  readonly #changes = new McpServer({ name: "slipway dev", version: "1" }).core.changes;
  #core: ServerCore;
  #ignore: () => void;
  readonly #offered = new Set<ListKind>();

  constructor(first: McpServer) {
    this.#core = first.core;
    this.#ignore = this.#forward();
    for (const kind of KINDS) if (listOf(first.core, kind) !== EMPTY) this.#offered.add(kind);
    const core = new Proxy(first.core, {
      get: (_, name) => {
        if (name === "changes") return this.#changes;
        const value: unknown = Reflect.get(this.#core, name, this.#core);
        return typeof value === "function" ? value.bind(this.#core) : value;
      },
    });
    // One for whoever looks at what it is; transports use its core alone.
    this.server = Object.create(McpServer.prototype, { core: { value: core } }) as McpServer;
  }

  swap(next: McpServer): Swapped {
    const before = this.#core;
    this.#ignore();
    this.#core = next.core;
    this.#ignore = this.#forward();
    const other = KINDS.filter((kind) => listOf(before, kind) !== listOf(next.core, kind));
    const changed = other.filter((kind) => this.#offered.has(kind));
    const added = other.filter((kind) => !this.#offered.has(kind));
    for (const kind of other) this.#offered.add(kind);
    for (const kind of changed) {
      this.#changes.publish({ method: `notifications/${kind}/list_changed`, params: undefined });
    }
    return { changed, added };
  }

  /** Tells of what the server itself changes. */
  #forward(): () => void {
    return this.#core.changes.subscribe((change, from) => this.#changes.publish(change, from));
  }
}

/** What clients are listed of a kind, to compare. */
function listOf(core: ServerCore, kind: ListKind): string {
  const features =
    kind === "resources" ? [...core.features(kind), ...core.features("templates")] : core.features(kind);
  return JSON.stringify(features.map(({ definition }) => definition));
}

const EMPTY = "[]";
