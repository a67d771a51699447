/**
 * What one instance tells the others: a doorbell, never the thing itself. JSON of at most 4,000 bytes; a bus may
 * refuse more.
 */
export type BusMessage = { readonly [key: string]: unknown };

/**
 * Connects the instances that serve one store: carries doorbells between them, and knows which of them live.
 *
 * Delivery is at most once: whoever hears a bell looks into the store for what it is about. After a gap (a
 * connection that was lost) an instance is told so, and looks everywhere.
 */
export interface EventBus {
  /** Names this instance among all: unguessable, new with every start. */
  readonly instanceId: string;

  /**
   * Tells every instance that listens, this one included. What an instance publishes one after the other, each when
   * the one before has resolved, arrives in that order. Rejects when the bus cannot be reached.
   */
  publish(message: BusMessage): void | Promise<void>;

  /**
   * Hears what is published after this has resolved, until the returned function is called; each of an instance's
   * listeners hears each message once. From the first subscription on until the last ends, this instance counts as
   * alive; it may end them all and begin again.
   *
   * @param listener must not throw, and not change the message
   * @param missed called when messages may have been lost; what is published after it is heard again
   */
  subscribe(
    listener: (message: BusMessage) => void,
    missed: () => void,
  ): (() => void | Promise<void>) | Promise<() => void | Promise<void>>;

  /**
   * Whether an instance lives: `false` at the latest {@link deadAfterMs} after it died, or its last subscription
   * ended; `true` while it answers, to itself also; `false` for ids that no instance has.
   */
  isAlive(instanceId: string): boolean | Promise<boolean>;

  /** After so many milliseconds without a sign of life an instance counts as dead. */
  readonly deadAfterMs: number;
}
