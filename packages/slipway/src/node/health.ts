import type { Health, HealthOptions } from "../health/health.ts";
import type { Store } from "../ports/index.ts";
import type { Logger } from "../server/index.ts";
import type { EndpointHandler } from "./endpoints.ts";

export interface ServeHealthOptions extends Omit<HealthOptions, "store" | "logger"> {
  /** Whether the store is looked at. Default: true. */
  store?: boolean;
  /** Where it is asked whether the process lives. Default: `/health`. */
  livePath?: string;
  /** Where it is asked whether requests should be sent here. Default: `/ready`. */
  readyPath?: string;
}

/** The endpoints that probes ask. */
export class HealthEndpoints {
  draining = false;
  readonly handlers: ReadonlyMap<string, EndpointHandler>;
  readonly #init: HealthOptions;
  #health: Promise<Health> | undefined;

  constructor(
    { store: looks = true, livePath = "/health", readyPath = "/ready", ...rest }: ServeHealthOptions,
    server: {
      readonly store: Store | undefined;
      readonly version: string | undefined;
      readonly logger: Logger;
    },
  ) {
    const { store, version, logger } = server;
    this.#init = {
      ...(version !== undefined && { version }),
      ...rest,
      store: looks ? store : undefined,
      logger,
    };
    this.handlers = new Map<string, EndpointHandler>([
      [livePath, async () => (await this.load()).live()],
      [readyPath, async () => (await this.load()).ready(this.draining)],
    ]);
  }

  /**
   * Loaded with the first probe, as a server has better to do when it starts.
   * @throws TypeError for options that cannot be
   */
  load(): Promise<Health> {
    this.#health ??= import("../health/health.ts").then(({ Health }) => new Health(this.#init));
    return this.#health;
  }
}
