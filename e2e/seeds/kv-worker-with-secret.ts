import { McpServer, StreamableHttpTransport } from "slipway";
import { KvClientRequestAdapter, type KvNamespace, KvSessionAdapter } from "slipway/cloudflare";
import { addGreetings } from "../support/greeter.ts";

interface Env {
  KV: KvNamespace;
  SECRET: string;
}

/** The Worker of the documentation, with the secret that all Workers share: what one has sealed, another opens. */
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const server = new McpServer({ name: "worker-server", version: "1.0.0" });
    addGreetings(server);
    const transport = new StreamableHttpTransport({
      sessionAdapter: new KvSessionAdapter(env.KV),
      clientRequestAdapter: new KvClientRequestAdapter(env.KV),
      requestState: { secrets: [env.SECRET] },
    });
    return transport.bind(server)(request);
  },
};
