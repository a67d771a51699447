import { McpServer, StreamableHttpTransport } from "slipway";
import { KvClientRequestAdapter, type KvNamespace, KvSessionAdapter } from "slipway/cloudflare";
import { addGreetings } from "../support/greeter.ts";

interface Env {
  KV: KvNamespace;
}

// biome-ignore format: as it is written in the documentation of the API
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const server = new McpServer({
      name: "worker-server",
      version: "1.0.0"
    })
    addGreetings(server)

    const transport = new StreamableHttpTransport({
      sessionAdapter: new KvSessionAdapter(env.KV),
      clientRequestAdapter: new KvClientRequestAdapter(env.KV)
    })

    return transport.bind(server)(request)
  }
}
