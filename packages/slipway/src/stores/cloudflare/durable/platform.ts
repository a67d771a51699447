// What is used of Cloudflare's types; those of `wrangler types` and of `@cloudflare/workers-types` fit.

/** A binding of a Durable Object class; one of type `DurableObjectNamespace` fits. */
export interface ObjectNamespace {
  idFromName(name: string): unknown;
  get(id: never): object;
}

/** An object, as it is called. */
export interface ObjectStub {
  run(command: string, args: readonly unknown[]): Promise<unknown>;
  fetch(url: string, init: { headers: { Upgrade: "websocket" } }): Promise<unknown>;
}

/** The end of a connection that a Worker holds. */
export interface WorkerSocket {
  accept(): void;
  send(text: string): void;
  close(code: number, reason: string): void;
  addEventListener(type: "message", listener: (event: { data: unknown }) => void): void;
  addEventListener(type: "close" | "error", listener: () => void): void;
}

/** The end that an object holds, also while it is not in memory. */
export interface ObjectSocket {
  readonly readyState: number;
  send(text: string): void;
  close(code: number, reason: string): void;
  serializeAttachment(value: unknown): void;
  deserializeAttachment(): unknown;
}

/** What is used of a `DurableObjectState`. */
export interface ObjectState {
  readonly storage: ObjectStorage;
  acceptWebSocket(socket: ObjectSocket, tags: string[]): void;
  getWebSockets(tag?: string): ObjectSocket[];
  setWebSocketAutoResponse(pair: object): void;
  getWebSocketAutoResponseTimestamp(socket: ObjectSocket): Date | null;
}

export interface ObjectStorage {
  readonly sql: { exec(query: string, ...values: (string | number | null)[]): { toArray(): object[] } };
  transactionSync<T>(work: () => T): T;
  getAlarm(): Promise<number | null>;
  setAlarm(at: number): Promise<void>;
}

/** The class `DurableObject` of `cloudflare:workers`, or one that extends it. */
// biome-ignore lint/suspicious/noExplicitAny: what a mixin's constructor must take
export type ObjectClass = abstract new (...args: any[]) => object;
