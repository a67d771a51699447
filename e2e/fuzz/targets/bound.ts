import { type McpHandler, StreamableHttpTransport, type StreamableHttpTransportOptions } from "slipway";
import { fault } from "../fault.ts";
import { Patience } from "../patience.ts";
import { Log, makeServer } from "../server.ts";

const SECRETS = ["a secret of the fuzzer, which is long enough"];

/** A server that is served for a batch of cases. */
export interface Bound {
  readonly handler: McpHandler;
  readonly log: Log;
  close(): Promise<void>;
}

export function bind(options: StreamableHttpTransportOptions = {}): Bound {
  const log = new Log();
  const transport = new StreamableHttpTransport({ requestState: { secrets: SECRETS }, ...options });
  const handler = transport.bind(makeServer(log.logger));
  return { handler, log, close: () => closeBound(handler, log) };
}

/** After all cases have ended nothing is held for them. */
async function closeBound(handler: McpHandler, log: Log): Promise<void> {
  const patience = new Patience();
  while (handler.load.calls + handler.load.streams > 0) {
    if (!(await patience.wait())) fault("Calls or streams are held for clients that have gone", handler.load);
  }
  await handler.close();
  log.check();
}
