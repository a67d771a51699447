import { isObject } from "../protocol/jsonrpc.ts";
import type { Connection, Established } from "./connection.ts";
import { pause } from "./deadline.ts";
import { ClientError } from "./errors.ts";
import type { Notification, SubscriptionFilter } from "./types.ts";

/** How long to wait before listening anew, in milliseconds: at first, and at most. */
const FIRST_WAIT_MS = 500;
const LAST_WAIT_MS = 30_000;

const LIST_CHANGES = [
  ["toolsListChanged", "notifications/tools/list_changed", "tools"],
  ["promptsListChanged", "notifications/prompts/list_changed", "prompts"],
  ["resourcesListChanged", "notifications/resources/list_changed", "resources"],
] as const;

const RESOURCE_UPDATED = "notifications/resources/updated";

type OnChange = (change: Notification) => void;

/**
 * Listens for changes until it is closed. When the connection breaks, it listens anew, and then reports everything that is
 * listened to as changed once, since it may have changed meanwhile: a listener may hear of a change twice, but misses none.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/subscriptions
 */
export class Subscription {
  /** What the server agreed to tell. */
  acknowledged: SubscriptionFilter = {};
  /** Resolves once {@link close} was called; rejects when the server refuses to be listened to any longer. */
  readonly closed: Promise<void>;
  readonly #connection: Connection;
  readonly #filter: SubscriptionFilter;
  readonly #onChange: OnChange;
  readonly #stop = new AbortController();
  #begun = false;

  /** Resolves when the server has acknowledged it. */
  static async open(
    connection: Connection,
    filter: SubscriptionFilter,
    onChange: OnChange,
  ): Promise<Subscription> {
    let began = () => {};
    const begun = new Promise<void>((resolve) => {
      began = resolve;
    });
    const subscription = new Subscription(connection, filter, onChange, began);
    await Promise.race([begun, subscription.closed]);
    return subscription;
  }

  private constructor(
    connection: Connection,
    filter: SubscriptionFilter,
    onChange: OnChange,
    began: () => void,
  ) {
    this.#connection = connection;
    this.#filter = filter;
    this.#onChange = onChange;
    this.closed = this.#run(began);
    // Whoever does not look at it is not told.
    this.closed.catch(() => {});
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.closed.catch(() => {});
  }

  async #run(began: () => void): Promise<void> {
    const { signal } = this.#stop;
    for (let failures = 0; !signal.aborted; failures++) {
      const acknowledged = (filter: SubscriptionFilter) => {
        failures = 0;
        this.acknowledged = filter;
        if (this.#begun) this.#reportAll();
        this.#begun = true;
        began();
      };
      try {
        const established = await this.#connection.established();
        const { handshake } = established.side.revision;
        await (handshake
          ? this.#byNotifications(established, acknowledged)
          : this.#byRequest(established, acknowledged));
      } catch (error) {
        if (signal.aborted) return;
        // Before it has begun, the caller decides; afterwards, only what does not pass ends it.
        if (!this.#begun || !isPassing(error)) throw error;
      }
      await pause(Math.min(FIRST_WAIT_MS * 2 ** failures, LAST_WAIT_MS), signal).catch(() => {});
    }
  }

  /** A request that the server answers when it ends the subscription. */
  async #byRequest(
    { link, side }: Established,
    acknowledged: (filter: SubscriptionFilter) => void,
  ): Promise<void> {
    const onNotification = (notification: Notification) => {
      if (notification.method !== "notifications/subscriptions/acknowledged")
        return this.#onChange(notification);
      const agreed = notification.params?.["notifications"];
      acknowledged(isObject(agreed) ? (agreed as SubscriptionFilter) : {});
    };
    const params = { notifications: this.#filter };
    const { signal } = this.#stop;
    await link.call(side, "subscriptions/listen", params, { endless: true, signal, onNotification });
  }

  /** Notifications of the session; resources are subscribed to one by one. */
  async #byNotifications(
    { capabilities }: Established,
    acknowledged: (filter: SubscriptionFilter) => void,
  ): Promise<void> {
    const { signal } = this.#stop;
    const agreed = agreedTo(this.#filter, capabilities);
    const uris = agreed.resourceSubscriptions ?? [];
    const methods = new Set<string>(
      LIST_CHANGES.filter(([name]) => agreed[name]).map(([, method]) => method),
    );
    const stopHearing = this.#connection.onNotification((notification) => {
      const { method, params } = notification;
      const uri = params?.["uri"];
      const updated = method === RESOURCE_UPDATED && uris.some((one) => covers(one, uri));
      if (updated || methods.has(method)) this.#onChange(notification);
    });
    let lost = () => {};
    const end = new Promise<void>((resolve) => {
      lost = resolve;
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    const stopWatching = this.#connection.onLoss(lost);
    try {
      for (const uri of uris) await this.#connection.call("resources/subscribe", { uri });
      acknowledged(agreed);
      await end;
      if (!signal.aborted) return;
      for (const uri of uris) await this.#connection.call("resources/unsubscribe", { uri });
    } finally {
      stopHearing();
      stopWatching();
    }
  }

  #reportAll(): void {
    for (const [name, method] of LIST_CHANGES) if (this.acknowledged[name]) this.#onChange({ method });
    for (const uri of this.acknowledged.resourceSubscriptions ?? []) {
      this.#onChange({ method: RESOURCE_UPDATED, params: { uri } });
    }
  }
}

/** What a server with sessions tells of, by its capabilities. */
function agreedTo(filter: SubscriptionFilter, capabilities: Established["capabilities"]): SubscriptionFilter {
  const has = (feature: string, what: string): boolean => {
    const capability = capabilities[feature];
    return isObject(capability) && capability[what] === true;
  };
  const lists = LIST_CHANGES.filter(([name, , feature]) => filter[name] && has(feature, "listChanged"));
  return {
    ...Object.fromEntries(lists.map(([name]) => [name, true])),
    ...(filter.resourceSubscriptions !== undefined &&
      has("resources", "subscribe") && { resourceSubscriptions: filter.resourceSubscriptions }),
  };
}

/** A server may report a part of what was subscribed to. */
function covers(uri: string, changed: unknown): boolean {
  return (
    typeof changed === "string" &&
    (changed === uri || changed.startsWith(uri.endsWith("/") ? uri : `${uri}/`))
  );
}

function isPassing(error: unknown): boolean {
  if (!(error instanceof ClientError)) return false;
  return (
    error.code === "connection" ||
    error.code === "timeout" ||
    (error.status ?? 0) >= 429 ||
    error.status === 404
  );
}
