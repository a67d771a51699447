/** What a server can tell clients outside of any request, and with which parameters. */
export interface ChangeNotifications {
  "notifications/tools/list_changed": undefined;
  "notifications/prompts/list_changed": undefined;
  "notifications/resources/list_changed": undefined;
  "notifications/resources/updated": { readonly uri: string };
}

export type Change = {
  [M in keyof ChangeNotifications]: { readonly method: M; readonly params: ChangeNotifications[M] };
}[keyof ChangeNotifications];

/** @throws TypeError when it is not a change that clients are told of */
export function checkChange(method: string, params: unknown): void {
  if (method === "notifications/resources/updated") {
    const uri = (params as { uri?: unknown } | undefined)?.uri;
    if (typeof uri === "string") return;
    throw new TypeError(`notify("${method}", { uri }): expected the URI of the resource.`);
  }
  if (/^notifications\/(tools|prompts|resources)\/list_changed$/.test(method)) return;
  throw new TypeError(
    `notify("${method}"): expected notifications/resources/updated, or …/list_changed of tools, prompts or resources.`,
  );
}

export type ListKind = "tools" | "prompts" | "resources";

export type ChangeListener = (change: Change, from: string | undefined) => void;

/** Carries changes from a server to the transports that serve it. */
export class Changes {
  readonly #listeners = new Set<ChangeListener>();
  readonly #pending = new Set<ListKind>();

  /** Calls `listener` for every change until the returned function is called. */
  subscribe(listener: ChangeListener): () => void {
    // A wrapper, so that one function may listen twice.
    const own: ChangeListener = (change, from) => listener(change, from);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  /** @param from the instance that the change was heard of from; left out for those of this one */
  publish(change: Change, from?: string): void {
    for (const listener of this.#listeners) listener(change, from);
  }

  /** Tells of a changed list once, however many of its entries change in the same turn. */
  listChanged(kind: ListKind): void {
    // Whoever listens from later on has the list as it is by then.
    if (this.#listeners.size === 0 || this.#pending.has(kind)) return;
    this.#pending.add(kind);
    queueMicrotask(() => {
      this.#pending.delete(kind);
      this.publish({ method: `notifications/${kind}/list_changed`, params: undefined });
    });
  }
}
