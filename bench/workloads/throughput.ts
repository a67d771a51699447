import { type Mode, Server } from "../engine/server.ts";
import type { Contestant, InTurns, Metric, Running, Settings, Table } from "../engine/types.ts";
import { whileWatching } from "../engine/watch.ts";
import { ClosedLoop } from "../load/closed-loop.ts";
import { Connection, type HttpResponse } from "../load/connection.ts";
import { type HttpLoadResult, loadHttp } from "../load/http.ts";
import { type Caller, type HttpRequest, wire } from "../load/messages.ts";
import { withPatience } from "../load/patience.ts";
import { openSessions } from "../load/session.ts";

const REQUESTS: Metric = { name: "rate", unit: "requests/s", better: "higher" };
const CPU: Metric = { name: "CPU", unit: "µs/request", better: "lower" };

export const THROUGHPUT: Table["metrics"] = [REQUESTS, CPU];

export interface Throughput {
  /** Which of the contestants' servers. */
  readonly kind: string;
  readonly mode: Mode;
  readonly env?: { readonly [name: string]: string };
  request(caller: Caller, id: number): HttpRequest;
  /** @throws when the answer to the request with this id is wrong */
  check(response: HttpResponse, id: number): void;
}

const CONNECTIONS = 32;
const SESSIONS = 16;

/** Many more than are on their way at once, so that none has the id of another that is. */
const REQUESTS_IN_TURN = 1024;

/** How long a server may work on what is left of a load, in milliseconds. */
const QUEUE_MS = 60_000;

/** By how much the mean response may differ from the checked one, since ids differ in length. */
const TOLERANCE = 0.1;

/** Measures how many requests a second a server answers. */
export function throughput(workload: Throughput): Table["start"] {
  return (contestant, settings) => startThroughput(workload, contestant, settings);
}

async function startThroughput(
  workload: Throughput,
  contestant: Contestant,
  settings: Settings,
): Promise<Running> {
  const { kind, mode, env } = workload;
  const server = await Server.start(contestant, { kind, mode, env });
  try {
    const requests = await requestsTo(server.port, workload);
    const first = requests[0] as HttpRequest;
    const checked = await checkOnce(server.port, workload, first);
    const load = { url: server.url, connections: CONNECTIONS, requests };
    if (settings.warmup > 0) await loadHttp({ ...load, seconds: settings.warmup });
    return {
      body: checked.body,
      async run() {
        const before = server.cpuSeconds;
        const { result, busy } = await whileWatching(() => loadHttp({ ...load, seconds: settings.seconds }));
        const cpu = ((server.cpuSeconds - before) * 1e6) / result.requests;
        checkLoad(result, checked);
        await checkOnce(server.port, workload, first);
        return { values: { [REQUESTS.name]: result.requests / result.seconds, [CPU.name]: cpu }, busy };
      },
      stop: () => server.stop(),
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** The same, in turns, with a load generator of our own, which begins at once. For workloads of one request. */
export function throughputInTurns(workload: Throughput): (contestant: Contestant) => Promise<InTurns> {
  return (contestant) => startTurns(workload, contestant);
}

async function startTurns(workload: Throughput, contestant: Contestant): Promise<InTurns> {
  const { kind, mode, env } = workload;
  const server = await Server.start(contestant, { kind, mode, env });
  try {
    const [first] = (await requestsTo(server.port, workload)) as [HttpRequest];
    const checked = await checkOnce(server.port, workload, first);
    const loop = await ClosedLoop.open(server.port, CONNECTIONS, wire(first, server.port), checked.bytes);
    return {
      async turn(seconds) {
        const [serverBefore, loadBefore] = [server.cpuSeconds, process.cpuUsage()];
        const { requests, seconds: taken } = await loop.run(seconds);
        const { user, system } = process.cpuUsage(loadBefore);
        return {
          requests,
          seconds: taken,
          serverSeconds: server.cpuSeconds - serverBefore,
          loadSeconds: (user + system) / 1e6,
        };
      },
      async stop() {
        loop.close();
        await server.stop();
      },
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function requestsTo(port: number, { mode, request }: Throughput): Promise<HttpRequest[]> {
  if (mode !== "sessions") return [request({ modern: mode === "modern" }, 1)];
  const sessions = await openSessions(port, SESSIONS);
  return Array.from({ length: REQUESTS_IN_TURN }, (_, index) => {
    const sessionId = sessions[index % SESSIONS];
    return request({ modern: false, sessionId }, index + 1);
  });
}

async function checkOnce(port: number, workload: Throughput, request: HttpRequest): Promise<HttpResponse> {
  const connection = await Connection.open(port);
  try {
    // What a slow server has not done of the load comes first.
    const response = await withPatience(connection.send(wire(request, port)), QUEUE_MS);
    workload.check(response, 1);
    return response;
  } finally {
    connection.close();
  }
}

/** Holds all responses of a run to the one that was checked, by their status and mean size. */
function checkLoad({ requests, bytes, failed }: HttpLoadResult, checked: HttpResponse): void {
  if (failed > 0) throw new Error(`${failed} requests failed, ${requests} were answered.`);
  if (requests === 0) throw new Error("No request was answered in time.");
  const share = bytes / requests / checked.bytes;
  // Responses that had begun when time was up count as bytes, not as responses.
  const unfinished = CONNECTIONS / requests;
  if (share < 1 - TOLERANCE || share > 1 + TOLERANCE + unfinished) {
    throw new Error(
      `Responses of ${checked.bytes} bytes were expected, as the one that was checked; their mean is ` +
        `${Math.round(bytes / requests)} bytes.`,
    );
  }
}
