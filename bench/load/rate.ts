import { setTimeout as delay } from "node:timers/promises";
import { Connection, type HttpResponse } from "./connection.ts";
import { withPatience } from "./patience.ts";

/** A request with the check of its answer. */
export interface CheckedRequest {
  readonly wire: string;
  check(response: HttpResponse): void;
}

export interface RateResult {
  /** From sending a request to having its whole answer, in milliseconds. */
  readonly latencies: number[];
  /** How late requests were sent, in milliseconds. */
  readonly delays: number[];
  /** What a second brought in the end. */
  readonly rate: number;
}

/** Connections that are used again; a slow answer keeps no other request waiting. */
class Pool {
  readonly #port: number;
  readonly #idle: Connection[] = [];

  constructor(port: number) {
    this.#port = port;
  }

  async fill(count: number): Promise<void> {
    while (this.#idle.length < count) this.#idle.push(await Connection.open(this.#port));
  }

  async send(wire: string): Promise<HttpResponse> {
    const connection = this.#idle.shift() ?? (await Connection.open(this.#port));
    const response = await connection.send(wire);
    this.#idle.push(connection);
    return response;
  }

  close(): void {
    for (const connection of this.#idle) connection.close();
  }
}

/**
 * Sends requests at a fixed rate, whether or not those before were answered: a server that stalls is seen by
 * all that would have come meanwhile.
 */
export async function atRate(
  port: number,
  connections: number,
  rate: number,
  seconds: number,
  next: (index: number) => CheckedRequest,
): Promise<RateResult> {
  const pool = new Pool(port);
  await pool.fill(connections);
  const latencies: number[] = [];
  const delays: number[] = [];
  const open: Promise<void>[] = [];

  async function send(index: number, due: number): Promise<void> {
    const request = next(index);
    const start = performance.now();
    delays.push(start - due);
    const response = await pool.send(request.wire);
    latencies.push(performance.now() - start);
    request.check(response);
  }

  const begin = performance.now();
  const total = rate * seconds;
  while (open.length < total) {
    const due = Math.min(total, Math.ceil(((performance.now() - begin) / 1000) * rate));
    while (open.length < due) open.push(send(open.length, begin + (open.length * 1000) / rate));
    await delay(1);
  }
  await withPatience(Promise.all(open));
  pool.close();
  return { latencies, delays, rate: total / ((performance.now() - begin) / 1000) };
}
