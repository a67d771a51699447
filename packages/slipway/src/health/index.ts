import type { HttpAnswer } from "../ports/index.ts";
import { Health, type HealthOptions, type HealthReport } from "./health.ts";

export type { ComponentStatus, HealthCheck } from "./check.ts";
export type { HealthOptions, HealthReport } from "./health.ts";

/** What probes ask a server that the application itself serves. */
export interface HealthHandlers {
  /** Answers with 200: the process lives, also while it drains. */
  readonly live: () => Response;
  /** Answers with 200 when requests should be sent here, else with 503. */
  readonly ready: () => Promise<Response>;
  /** What {@link ready} says, for programs. */
  readonly report: () => Promise<HealthReport>;
  /** Not ready from now on: the first thing to do when the process is to end. */
  readonly drain: () => void;
}

/**
 * Answers probes by the Fetch API, for Bun, Deno, Workers, Hono, Next and the like. `serve` of `slipway/node` needs none:
 * it answers them by itself.
 *
 * Throws a TypeError for options that cannot be.
 *
 * @example
 * const { live, ready } = healthHandlers({ store, checks: { search: (signal) => fetch(url, { signal }) } });
 * app.get("/health", live).get("/ready", ready);
 */
export function healthHandlers(options: HealthOptions = {}): HealthHandlers {
  const health = new Health(options);
  let draining = false;
  return {
    live: () => responseOf(health.live()),
    ready: async () => responseOf(await health.ready(draining)),
    report: () => health.report(draining),
    drain: () => {
      draining = true;
    },
  };
}

function responseOf({ status, headers, body }: HttpAnswer): Response {
  return new Response(body ?? null, { status, headers: headers.map(([name, value]) => [name, value]) });
}
