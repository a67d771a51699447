import { META, type Revision, type TaskState } from "../protocol/eras/index.ts";
import type { RequestId } from "../protocol/jsonrpc.ts";
import type { Change, Changes } from "./changes.ts";
import { encodeId } from "./encode.ts";
import type { SubscriptionFilter } from "./outcome.ts";

/** So many resources, or tasks, one subscription or session may watch: each may be named by a long URI. */
export const MAX_WATCHED = 1_000;
/** How long the URIs of one subscription may be together, in characters: each is matched against all templates. */
export const MAX_WATCHED_LENGTH = 131_072;

/** Whether a client that asked for `filter` wants to know of a change. */
export function wants(filter: SubscriptionFilter, change: Change): boolean {
  switch (change.method) {
    case "notifications/tools/list_changed":
      return filter.toolsListChanged === true;
    case "notifications/prompts/list_changed":
      return filter.promptsListChanged === true;
    case "notifications/resources/list_changed":
      return filter.resourcesListChanged === true;
    case "notifications/resources/updated":
      return filter.resourceSubscriptions?.includes(change.params.uri) === true;
  }
}

interface Subscription {
  readonly id: RequestId;
  readonly filter: SubscriptionFilter;
  readonly deliver: (message: string) => void;
  readonly revision: Revision;
}

/**
 * The `subscriptions/listen` requests that are open on one transport.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/subscriptions
 */
export class Subscriptions {
  readonly #open = new Set<Subscription>();
  readonly #changes: Changes;
  #unsubscribe: (() => void) | undefined;

  constructor(changes: Changes) {
    this.#changes = changes;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Acknowledges a subscription and begins to deliver what it wants, until the returned function is called. */
  open(
    id: RequestId,
    filter: SubscriptionFilter,
    deliver: (message: string) => void,
    revision: Revision,
  ): () => void {
    const subscription = { id, filter, deliver, revision };
    deliver(
      tagged("notifications/subscriptions/acknowledged", id, `,"notifications":${JSON.stringify(filter)}`),
    );
    this.#open.add(subscription);
    this.#unsubscribe ??= this.#changes.subscribe((change) => this.#publish(change));
    return () => this.#close(subscription);
  }

  /** Resources that somebody watches. */
  *uris(): Generator<string> {
    for (const { filter } of this.#open) yield* filter.resourceSubscriptions ?? [];
  }

  /** Whether somebody watches a task. */
  watches(taskId: string): boolean {
    for (const { filter } of this.#open) if (filter.taskIds?.includes(taskId)) return true;
    return false;
  }

  /** Tells those who watch a task how it is. */
  tellTask(task: TaskState): void {
    for (const { id, filter, deliver, revision } of this.#open) {
      const told = filter.taskIds?.includes(task.id) ? revision.tasks?.notification(task) : undefined;
      if (told !== undefined)
        deliver(tagged(told.method, id, `,${JSON.stringify(told.params).slice(1, -1)}`));
    }
  }

  #close(subscription: Subscription): void {
    this.#open.delete(subscription);
    if (this.#open.size > 0) return;
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
  }

  #publish(change: Change): void {
    const rest = change.params === undefined ? "" : `,"uri":${JSON.stringify(change.params.uri)}`;
    for (const { id, filter, deliver } of this.#open) {
      if (wants(filter, change)) deliver(tagged(change.method, id, rest));
    }
  }
}

function tagged(method: string, id: RequestId, rest: string): string {
  const meta = `"_meta":{"${META.subscriptionId}":${encodeId(id)}}`;
  return `{"jsonrpc":"2.0","method":"${method}","params":{${meta}${rest}}}`;
}
