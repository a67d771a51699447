import type { RedisClient } from "slipway/redis";

/** Answers a command; what it throws is Redis's error. */
export type Reply = (command: readonly string[]) => unknown;

/** Looks like a client of ioredis, and is answered by a function instead of a server. */
export class FakeClient {
  readonly isCluster = false;
  readonly options = {};
  status = "wait";
  /** The connections that were made after its pattern. */
  readonly made: FakeClient[];
  readonly #reply: Reply;
  readonly #listeners = new Map<string, ((...args: unknown[]) => void)[]>();

  constructor(reply: Reply, made: FakeClient[] = []) {
    this.#reply = reply;
    this.made = made;
  }

  get client(): RedisClient {
    return this;
  }

  duplicate(): FakeClient {
    const own = new FakeClient(this.#reply, this.made);
    this.made.push(own);
    return own;
  }

  on(event: string, listener: (...args: unknown[]) => void): void {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
  }

  emit(event: string, ...args: unknown[]): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(...args);
  }

  async connect(): Promise<void> {
    this.status = "ready";
    this.emit("ready");
  }

  disconnect(): void {
    this.status = "end";
    this.emit("end");
  }

  async call(...command: string[]): Promise<unknown> {
    return this.#reply(command);
  }

  async subscribe(): Promise<void> {}

  async unsubscribe(): Promise<void> {}

  async ping(): Promise<void> {}
}

/** The name of the operation that a command runs, by a line of its text; scripts are always unknown to this Redis. */
export function evaluated(command: readonly string[], of: string): boolean {
  if (command[0] === "EVALSHA") throw new Error("NOSCRIPT No matching script. Please use EVAL.");
  return command[0] === "EVAL" && (command[1] ?? "").includes(of);
}
