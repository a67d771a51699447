import { type ClientRequestAdapter, McpServer, type SessionAdapter, StreamableHttpTransport } from "slipway";
import { addGreetings } from "../support/greeter.ts";

/** What outlives a request. */
interface Env {
  sessions: SessionAdapter;
  clientRequests: ClientRequestAdapter;
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
      sessionAdapter: env.sessions,
      clientRequestAdapter: env.clientRequests
    })

    return transport.bind(server)(request)
  }
}
