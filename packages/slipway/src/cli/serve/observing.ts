import { join, parse, resolve } from "node:path";
import type { Observing } from "../../observe/index.ts";
import { Failure, UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import type { OBSERVE_SETTINGS, Resolved } from "../settings/index.ts";
import { prettyLog } from "./pretty-log.ts";

type ObserveValues = Resolved<typeof OBSERVE_SETTINGS>;

/** Names a worker's place in its environment, counted from 0. */
export const PLACE = "SLIPWAY_WORKER";

/**
 * What watches the server, where something is to.
 * @throws UsageError when settings do not go together
 * @throws Failure when a package that it needs is not installed, or a port or file cannot be had
 */
export async function observingOf(values: ObserveValues, io: Io): Promise<Observing | undefined> {
  const { log, logLevel, metricsPort, metricsHost, traces, audit, observe: made } = values;
  if (log === "off" && metricsPort === undefined && !traces && audit === undefined) return made;
  if (made !== undefined) {
    throw new UsageError(
      "observe of the configuration holds alone: leave out --log, --metrics-port, --traces and --audit.",
    );
  }
  const place = io.env[PLACE];
  const { observe } = await import("../../observe/index.ts");
  return observe({
    ...(log === "json" && { logs: { level: logLevel } }),
    ...(log === "pretty" && { logs: { logger: prettyLog(io, logLevel) } }),
    ...(metricsPort !== undefined && {
      metrics: { prometheus: { port: portOf(metricsPort, place), host: metricsHost } },
    }),
    traces,
    ...(audit !== undefined && { audit: fileOf(resolve(io.cwd, audit), place) }),
  }).catch((error: Error) => {
    throw new Failure(error.message, { cause: error });
  });
}

/** Workers that shared a port would each answer for themselves, and nobody could tell which one did. */
function portOf(first: number, place = "0"): number {
  return first === 0 ? 0 : first + Number(place);
}

/** `audit.jsonl` as `audit-1.jsonl`: no two workers write one file. */
function fileOf(path: string, place: string | undefined): string {
  if (place === undefined) return path;
  const { dir, name, ext } = parse(path);
  return join(dir, `${name}-${Number(place) + 1}${ext}`);
}
