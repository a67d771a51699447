import { type McpHandler, StreamableHttpTransport, type StreamableHttpTransportOptions } from "slipway";
import { fault } from "../fault.ts";
import { Patience } from "../patience.ts";
import { Log, makeServer } from "../server.ts";

const SECRETS = ["a secret of the fuzzer, which is long enough"];

/** A server that is served for a batch of cases. */
export interface Bound {
  readonly handler: McpHandler;
  readonly log: Log;
  /** Sees to it that nothing is held for clients that have gone. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

export function bind(options: StreamableHttpTransportOptions = {}): Bound {
  const log = new Log();
  const transport = new StreamableHttpTransport({ requestState: { secrets: SECRETS }, ...options });
  const handler = transport.bind(makeServer(log.logger));
  return { handler, log, idle: () => idle(handler), close: () => closeBound(handler, log) };
}

async function idle(handler: McpHandler): Promise<void> {
  const patience = new Patience();
  while (handler.load.calls + handler.load.streams > 0) {
    if (!(await patience.wait())) fault("Calls or streams are held for clients that have gone", handler.load);
  }
}

async function closeBound(handler: McpHandler, log: Log): Promise<void> {
  await idle(handler);
  await handler.close();
  log.check();
}
