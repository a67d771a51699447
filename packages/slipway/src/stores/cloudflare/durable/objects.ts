import { SessionLimitError, StoreUnavailableError } from "../../../ports/index.ts";
import type { Command, Commands, Given, Reply } from "./commands.ts";
import type { ObjectNamespace, ObjectStub, WorkerSocket } from "./platform.ts";
import type { SocketKind } from "./wire.ts";

/** Which object of a store: a shard by its number, or one of the two that there are once. */
export type Place = number | "bus" | "tasks";

/** What the platform says of what one request has opened and another uses. */
const FOREIGN = "on behalf of a different request";

/** The objects of one store, as one instance calls them. */
export class Objects {
  readonly #namespace: ObjectNamespace;
  readonly #name: string;
  readonly #stubs = new Map<Place, ObjectStub>();
  readonly #pending = new Set<Promise<unknown>>();
  readonly shards: number;

  constructor(namespace: ObjectNamespace, name: string, shards: number) {
    if (typeof namespace?.idFromName !== "function") {
      throw new TypeError(
        "Expected a binding of a Durable Object class, such as env.SLIPWAY; see durable_objects.bindings in the " +
          "Worker's configuration.",
      );
    }
    this.#namespace = namespace;
    this.#name = name;
    this.shards = shards;
  }

  /** The shard that keeps what belongs to an id. */
  shardOf(id: string): number {
    // FNV-1a: it must be the same for ever.
    let hash = 0x811c9dc5;
    for (let index = 0; index < id.length; index++)
      hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193) >>> 0;
    return hash % this.shards;
  }

  /**
   * Has an object do a command. What one instance asks of one object is done in the order in which it was asked.
   * Rejects with the command's error, or a {@link StoreUnavailableError} where the object cannot be reached.
   */
  async call<C extends Command>(
    place: Place,
    command: C,
    ...given: Given<C>
  ): Promise<ReturnType<Commands[C]>> {
    const reply = (await this.#reached(place, (stub) => stub.run(command, given))) as Reply;
    if ("error" in reply) throw errorOf(reply.error);
    return reply.value as ReturnType<Commands[C]>;
  }

  /** Opens a connection to an object; the request in which it was opened holds it. */
  async connect(place: Place, kind: SocketKind, id: string): Promise<WorkerSocket> {
    const url = `https://slipway.internal/${kind}?id=${encodeURIComponent(id)}`;
    const response = (await this.#reached(place, (stub) =>
      stub.fetch(url, { headers: { Upgrade: "websocket" } }),
    )) as { status: number; webSocket?: WorkerSocket | null };
    const socket = response.webSocket;
    if (!socket)
      throw new StoreUnavailableError(`A store's object refused a connection: ${response.status}.`);
    socket.accept();
    return socket;
  }

  /** Resolves when no object is called any more. */
  async idle(): Promise<void> {
    while (this.#pending.size > 0) await Promise.allSettled(this.#pending);
  }

  async #reached(place: Place, ask: (stub: ObjectStub) => Promise<unknown>): Promise<unknown> {
    const stub = this.#stub(place);
    const asked = ask(stub);
    this.#pending.add(asked);
    try {
      return await asked;
    } catch (error) {
      // After an error the platform refuses all further calls of a stub.
      if (this.#stubs.get(place) === stub) this.#stubs.delete(place);
      if ((error as Error).message.includes(FOREIGN)) {
        throw new Error(
          "The store belongs to another request of the Worker: make it, the transport and the server for each request.",
          { cause: error },
        );
      }
      throw new StoreUnavailableError(
        `A Durable Object of the store cannot be used now: ${(error as Error).message}`,
        { cause: error },
      );
    } finally {
      this.#pending.delete(asked);
    }
  }

  #stub(place: Place): ObjectStub {
    let stub = this.#stubs.get(place);
    if (stub === undefined) {
      const part = typeof place === "number" ? `shard-${place}` : place;
      const id = this.#namespace.idFromName(`${this.#name}/${part}`);
      stub = this.#namespace.get(id as never) as ObjectStub;
      this.#stubs.set(place, stub);
    }
    return stub;
  }
}

function errorOf({ name, message }: { name: string; message: string }): Error {
  if (name === "SessionLimitError") return new SessionLimitError(message);
  const error = new Error(message);
  error.name = name;
  return error;
}
