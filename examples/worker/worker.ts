import { DurableObject } from "cloudflare:workers";
import { StreamableHttpTransport } from "slipway";
import {
  durableObjectStore,
  type ObjectNamespace,
  type ServeRequestOptions,
  serveRequest,
  storeObject,
} from "slipway/cloudflare";
import { createServer } from "./server.ts";

interface Env {
  SLIPWAY: ObjectNamespace;
  /** At least 32 characters, the same for all Workers: `wrangler secret put SECRET`. */
  SECRET: string;
}

export class SlipwayStore extends storeObject(DurableObject) {}

export default {
  fetch(request: Request, env: Env, ctx: ServeRequestOptions["ctx"]): Promise<Response> {
    const store = durableObjectStore(env.SLIPWAY);
    const transport = new StreamableHttpTransport({ store, requestState: { secrets: [env.SECRET] } });
    return serveRequest(transport.bind(createServer()), request, { store, ctx });
  },
};
