import type { RunningServer } from "slipway/node";

/** What a server holds, in numbers. */
export interface Holdings {
  /** Memory in use after a collection, in bytes: the heap and what is outside of it. */
  readonly memory: number;
  readonly streams: number;
  readonly calls: number;
  readonly connections: number;
  /** What keeps the process alive: sockets, timers, files. */
  readonly resources: number;
}

/** What this process holds, which serves by these. */
export async function holdingsOf(all: readonly Pick<RunningServer, "handler" | "http">[]): Promise<Holdings> {
  for (let turn = 0; turn < 3; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    globalThis.gc?.();
  }
  const { heapUsed, external } = process.memoryUsage();
  const sum = (count: (one: (typeof all)[number]) => number) =>
    all.reduce((total, one) => total + count(one), 0);
  const connections = await Promise.all(
    all.map(
      ({ http }) => new Promise<number>((resolve) => http.getConnections((_, count) => resolve(count))),
    ),
  );
  return {
    memory: heapUsed + external,
    streams: sum(({ handler }) => handler.load.streams),
    calls: sum(({ handler }) => handler.load.calls),
    connections: connections.reduce((total, count) => total + count, 0),
    resources: process.getActiveResourcesInfo().length,
  };
}
