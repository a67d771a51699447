import { migrate } from "../../sqlite/migrations.ts";
import { COMMANDS, type Command, type Inside, type Reply } from "./commands.ts";
import { Expiry } from "./expiry.ts";
import { attachment, HeldSockets } from "./held-sockets.ts";
import { ObjectDatabase } from "./object-database.ts";
import type { ObjectClass, ObjectSocket, ObjectState } from "./platform.ts";
import { Presence } from "./presence.ts";
import { Waits } from "./waits.ts";
import { DONE, type SocketKind } from "./wire.ts";

/** What Workers and the platform call of an object. */
export interface StoreObjectMethods {
  run(command: string, given: readonly unknown[]): Promise<Reply>;
  fetch(request: Request): Promise<Response>;
  webSocketMessage(): void;
  webSocketClose(socket: ObjectSocket, code: number): Promise<void>;
  webSocketError(socket: ObjectSocket): Promise<void>;
  alarm(): Promise<void>;
}

/** What {@link storeObject} makes of a class. */
export type StoreObjectClass<Base extends ObjectClass> = new (
  ...args: ConstructorParameters<Base>
) => InstanceType<Base> & StoreObjectMethods;

/**
 * The Durable Object class of {@link durableObjectStore}: extend it in the Worker's main module, bind it, and list it
 * under `new_sqlite_classes`. One class is enough for all objects of a store.
 *
 * @example
 * import { DurableObject } from "cloudflare:workers";
 * export class SlipwayStore extends storeObject(DurableObject) {}
 *
 * @param base `DurableObject` of `cloudflare:workers`
 */
export function storeObject<Base extends ObjectClass>(base: Base): StoreObjectClass<Base> {
  abstract class StoreObject extends base implements StoreObjectMethods {
    readonly #state: ObjectState;
    readonly #sockets: HeldSockets;
    #opened: Omit<Inside, "now"> | undefined;

    // biome-ignore lint/suspicious/noExplicitAny: what a mixin's constructor must take
    constructor(...args: any[]) {
      super(...args);
      this.#state = args[0];
      this.#sockets = new HeldSockets(this.#state);
    }

    async run(command: string, given: readonly unknown[]): Promise<Reply> {
      try {
        const work = COMMANDS[command as Command] as (
          inside: Inside,
          ...given: readonly unknown[]
        ) => unknown;
        const inside = this.#open();
        // Nothing is awaited before, so that commands are done in the order in which they came.
        const value = work({ ...inside, now: Date.now() }, ...given);
        await inside.expiry.schedule();
        return { value };
      } catch (error) {
        const { name, message } = error as Error;
        return { error: { name, message } };
      }
    }

    /** Takes the connection of a Worker that waits or listens. */
    async fetch(request: Request): Promise<Response> {
      const { pathname, searchParams } = new URL(request.url);
      const kind = pathname.slice(1) as SocketKind;
      const id = searchParams.get("id");
      if (
        request.headers.get("upgrade") !== "websocket" ||
        id === null ||
        !(kind === "bus" || kind === "wait")
      )
        return new Response("Only durableObjectStore() speaks with this object.", { status: 400 });
      const { presence, waits } = this.#open();
      const theirs = this.#sockets.accept(kind, id);
      (kind === "bus" ? presence : waits).connected(id);
      return new Response(null, { status: 101, webSocket: theirs } as ResponseInit);
    }

    webSocketMessage(): void {}

    async webSocketClose(socket: ObjectSocket, code: number): Promise<void> {
      try {
        // With older compatibility dates the platform leaves the answer to the object.
        socket.close(code, "");
      } catch {
        // There is nobody to answer.
      }
      await this.#disconnected(socket, code === DONE);
    }

    async webSocketError(socket: ObjectSocket): Promise<void> {
      await this.#disconnected(socket, false);
    }

    async alarm(): Promise<void> {
      await this.#open().expiry.ring();
    }

    async #disconnected(socket: ObjectSocket, said: boolean): Promise<void> {
      const { kind, id } = attachment(socket);
      const { presence, waits, expiry } = this.#open();
      (kind === "bus" ? presence : waits).disconnected(id, said);
      await expiry.schedule();
    }

    /** When it is first needed since the object came into memory. */
    #open(): Omit<Inside, "now"> {
      if (this.#opened !== undefined) return this.#opened;
      const { storage } = this.#state;
      const db = new ObjectDatabase(storage);
      db.transaction(() => migrate(db));
      const sockets = this.#sockets;
      this.#opened = {
        db,
        sockets,
        expiry: new Expiry(storage, db),
        presence: new Presence(db, sockets),
        waits: new Waits(db, sockets),
      };
      return this.#opened;
    }
  }
  return StoreObject as unknown as StoreObjectClass<Base>;
}
