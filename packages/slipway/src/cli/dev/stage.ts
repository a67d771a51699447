import type { ServerFactory } from "../../http/index.ts";
import type { Principal } from "../../ports/index.ts";
import { McpServer } from "../../server/index.ts";
import { Failure } from "../command.ts";
import type { Generation } from "./generation.ts";
import { Reloadable, type Swapped } from "./reloadable.ts";

/** Where the present generation is served: one server, or one for each tenant. */
export class Stage {
  #current: Generation | undefined;
  #single: Reloadable | undefined;
  readonly #tenants = new Map<Reloadable, Principal | undefined>();

  get current(): Generation {
    if (this.#current === undefined) throw new Error("Nothing is served yet.");
    return this.#current;
  }

  /** What is to be bound, once. */
  open(generation: Generation): McpServer | ServerFactory {
    this.#current = generation;
    const { server } = generation.served;
    if (typeof server !== "function") {
      this.#single = new Reloadable(server);
      return this.#single.server;
    }
    return async (principal) => {
      const made = new Reloadable(await serverFor(principal, this.current));
      this.#tenants.set(made, principal);
      return made.server;
    };
  }

  /**
   * Puts a generation in the place of the present one.
   * @returns what is to be said of it
   * @throws whatever its factory throws; then the present one stays
   */
  async change(next: Generation): Promise<string> {
    const { server } = next.served;
    if ((typeof server === "function") !== (this.#single === undefined)) {
      throw new Failure(
        "It exports a function now where there was a server, or the other way round: start slipway dev anew.",
      );
    }
    const places =
      this.#single === undefined
        ? [...this.#tenants]
        : ([[this.#single, undefined]] as [Reloadable, undefined][]);
    const made = await Promise.all(
      places.map(async ([place, principal]) => [place, await serverFor(principal, next)] as const),
    );
    const previous = this.current;
    this.#current = next;
    const swapped = made.map(([place, fresh]) => place.swap(fresh));
    previous.retire();
    return told(swapped);
  }
}

async function serverFor(principal: Principal | undefined, { served }: Generation): Promise<McpServer> {
  if (typeof served.server !== "function") return served.server;
  const made: unknown = await served.server(principal);
  if (made instanceof McpServer) return made;
  throw new Failure(`The function that is exported must return an McpServer, got ${String(made)}.`);
}

function told(swapped: readonly Swapped[]): string {
  const changed = new Set(swapped.flatMap((one) => one.changed));
  const added = new Set(swapped.flatMap((one) => one.added));
  return [
    ...(changed.size > 0 ? [` Clients are told of other ${[...changed].join(" and ")}.`] : []),
    ...(added.size > 0 ? [` Clients learn of ${[...added].join(" and ")} when they connect anew.`] : []),
  ].join("");
}
