import { createServer, type RequestListener } from "node:http";

/** Where to listen. */
export const port = Number(process.env["PORT"]);

/** Whether clients of the revisions with handshake get sessions. */
export const keepsSessions = process.env["MODE"] === "sessions";

/** Tells the harness that requests are welcome, and answers its questions about memory. */
export function ready(): void {
  process.stdout.write("ready\n");
  // Without the harness there is nothing left to do.
  process.on("disconnect", () => process.exit());
  process.on("message", (question) => {
    if (question === "memory") void weigh().then((bytes) => process.send?.(bytes));
  });
}

/** The memory that is in use after everything unreachable has gone, in bytes. */
async function weigh() {
  for (let round = 0; round < 4; round++) {
    globalThis.gc?.();
    await new Promise((done) => setTimeout(done, 50));
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, rss };
}

/** Serves over plain `node:http`. */
export function listen(listener: RequestListener): void {
  createServer(listener).listen(port, "127.0.0.1", ready);
}
