import cluster, { type Worker } from "node:cluster";
import { randomBytes } from "node:crypto";
import { onSignals } from "../../node/index.ts";
import { EXIT } from "../command.ts";
import type { Io } from "../io.ts";
import { envOf } from "../settings/setting.ts";
import { PLACE } from "./observing.ts";
import type { ServeValues } from "./options.ts";
import { start } from "./single.ts";

/** How long to wait before a worker is started in the place of one that died, at first and at most, in milliseconds. */
const BACK_OFF = { first: 100, most: 30_000 };

/** A worker that has lived for so long has not died of how it was started, in milliseconds. */
const SETTLED_MS = 60_000;

/** How long workers have to end besides the grace of their calls, in milliseconds. */
const SLACK_MS = 5_000;

type FromWorker = { readonly kind: "serving"; readonly url: string; readonly metricsUrl: string | undefined };
type ToWorker = { readonly kind: "drain" };

/** One of the places of workers; when its worker dies, another takes it. */
interface Place {
  worker: Worker | undefined;
  startedAt: number;
  /** How often in a row a worker has died here before it was settled. */
  deaths: number;
  metricsUrl: string | undefined;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** Keeps a number of worker processes at one port until a signal comes. */
export async function runPrimary(count: number, values: ServeValues, io: Io): Promise<number> {
  const places: Place[] = Array.from({ length: count }, () => ({
    worker: undefined,
    startedAt: 0,
    deaths: 0,
    metricsUrl: undefined,
    timer: undefined,
  }));
  const env = sharedSecrets(values);
  let serving = 0;
  let ending = false;
  let finish!: (code: number) => void;
  const finished = new Promise<number>((resolve) => {
    finish = resolve;
  });
  const alive = () => places.flatMap(({ worker }) => worker ?? []);

  const begin = (place: Place): void => {
    place.timer = undefined;
    place.startedAt = performance.now();
    const worker = cluster.fork({ ...env, [PLACE]: String(places.indexOf(place)) });
    place.worker = worker;
    worker.on("message", (message: FromWorker) => {
      if (message?.kind !== "serving") return;
      serving++;
      place.metricsUrl = message.metricsUrl;
      if (serving !== count) return;
      io.note(`Serving at ${message.url} by ${count} workers`);
      for (const { metricsUrl } of places) if (metricsUrl !== undefined) io.note(`Metrics at ${metricsUrl}`);
    });
    worker.on("exit", (code, signal) => died(place, worker, code, signal));
  };

  const died = (place: Place, worker: Worker, code: number, signal: string | null): void => {
    place.worker = undefined;
    if (ending) {
      if (alive().length === 0) finish(EXIT.fine);
      return;
    }
    // What ends like this before anybody was served has said why, and another would, too.
    if (serving === 0 && (code === EXIT.failed || code === EXIT.usage)) {
      ending = true;
      for (const other of places) clearTimeout(other.timer);
      for (const other of alive()) other.kill("SIGKILL");
      finish(code);
      return;
    }
    const settled = performance.now() - place.startedAt > SETTLED_MS;
    place.deaths = settled ? 0 : place.deaths + 1;
    const wait = Math.min(BACK_OFF.first * 2 ** Math.max(place.deaths - 1, 0), BACK_OFF.most);
    const how = signal === null ? `with code ${code}` : `by ${signal}`;
    io.note(
      `The worker ${worker.process.pid} has ended ${how}. Another takes its place in ${wait / 1000} s.`,
    );
    place.timer = setTimeout(begin, wait, place);
  };

  for (const place of places) begin(place);
  onSignals(
    (signal) => {
      ending = true;
      io.note(`${signal}: ending; running calls have ${values.grace / 1000} s.`);
      for (const { timer } of places) clearTimeout(timer);
      for (const worker of alive()) worker.send({ kind: "drain" } satisfies ToWorker);
      if (alive().length === 0) finish(EXIT.fine);
      const late = () => {
        for (const worker of alive()) worker.kill("SIGKILL");
      };
      setTimeout(late, values.drainDelay + values.grace + SLACK_MS).unref();
    },
    () => {
      for (const worker of alive()) worker.kill("SIGKILL");
      process.exit(EXIT.failed);
    },
  );
  return finished;
}

/** Serves in one of the worker processes, until it is told to end or the primary is gone. */
export async function runWorker(path: string, values: ServeValues, io: Io): Promise<number> {
  // Of a terminal's Ctrl+C the primary tells.
  process.on("SIGINT", () => {});
  // Else it would be ended in the midst of its calls when the primary dies.
  if (cluster.worker !== undefined) cluster.worker.exitedAfterDisconnect = true;
  const told = new Promise<void>((resolve) => {
    process.on("message", (message: ToWorker) => {
      if (message?.kind === "drain") resolve();
    });
    process.once("SIGTERM", () => resolve());
    process.once("disconnect", () => resolve());
  });
  const { running, metricsUrl, close } = await start(path, values, io);
  process.send?.({ kind: "serving", url: running.url, metricsUrl } satisfies FromWorker);
  await told;
  await close();
  return EXIT.fine;
}

/** Suspended calls are continued by any worker, so that all seal with the same secret. */
function sharedSecrets({ stateSecrets }: ServeValues): { [name: string]: string } {
  return stateSecrets === undefined ? { [envOf("stateSecrets")]: randomBytes(32).toString("base64url") } : {};
}
