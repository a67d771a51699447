// A Worker that does with a store what the other end of a WebSocket says.
import { DurableObject } from "cloudflare:workers";
import type { Store } from "slipway";
import {
  type DurableObjectStoreOptions,
  durableObjectStore,
  type ObjectNamespace,
  storeObject,
} from "slipway/cloudflare";
import { frameReader, framesOf } from "./frames.ts";
import { serveStore } from "./serve-store.ts";

interface Socket {
  accept?(): void;
  send(text: string): void;
  close(code: number, reason: string): void;
  addEventListener(type: "message", listener: (event: { data: string }) => void): void;
}

declare const WebSocketPair: new () => { readonly 0: Socket; readonly 1: Required<Socket> };

interface Env {
  SLIPWAY: ObjectNamespace;
}

interface State {
  readonly storage: { readonly sql: { exec(query: string): { one(): { count: number } } } };
  getWebSockets(tag: string): Socket[];
  abort(): void;
}

/** A store's object with what tests do to it, and want to know of it. */
export class SlipwayStore extends storeObject(DurableObject) {
  declare readonly ctx: State;
  readonly #life = crypto.randomUUID();

  /** Differs after the object has been out of memory. */
  life(): string {
    return this.#life;
  }

  /** How many sessions, handles, journals and waits are kept. */
  rows(): number {
    const tables = ["sessions", "handles", "journals", "pending"];
    const counts = tables.map((table) => `(SELECT count(*) FROM ${table})`).join(" + ");
    return this.ctx.storage.sql.exec(`SELECT ${counts} AS count`).one().count;
  }

  /** Cuts the connections of an instance to the bus. */
  cut(instanceId: string): void {
    for (const socket of this.ctx.getWebSockets(`bus:${instanceId}`)) socket.close(1012, "cut by the test");
  }

  /** As a new deployment does. */
  restart(): void {
    this.ctx.abort();
  }
}

type Hook = "life" | "rows" | "cut" | "restart";

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { searchParams } = new URL(request.url);
    if (searchParams.has("shared")) return useShared(env.SLIPWAY);
    const object = searchParams.get("object");
    if (object !== null) return hook(env.SLIPWAY, object, searchParams.get("hook") as Hook);
    return serve(env.SLIPWAY, JSON.parse(searchParams.get("options") ?? "{}"));
  },
};

/** Serves a store of its own on a WebSocket. */
function serve(namespace: ObjectNamespace, options: DurableObjectStoreOptions): Response {
  const store = durableObjectStore(namespace, options);
  const { 0: theirs, 1: ours } = new WebSocketPair();
  ours.accept();
  const send = (message: unknown) => {
    for (const frame of framesOf(message)) ours.send(frame);
  };
  const read = frameReader(serveStore(store, send));
  ours.addEventListener("message", ({ data }) => {
    // Ends what runs in this request, and leaves its connections as they are.
    if (data === "crash") process.exit(1);
    else if (data === "interrupt")
      void objectNamed(namespace, `${options.name}/bus`).cut(store.bus.instanceId);
    else read(data);
  });
  send({ instanceId: store.bus.instanceId, deadAfterMs: store.bus.deadAfterMs });
  return new Response(null, { status: 101, webSocket: theirs } as ResponseInit);
}

async function hook(namespace: ObjectNamespace, name: string, what: Hook): Promise<Response> {
  try {
    return Response.json((await (objectNamed(namespace, name)[what] as () => unknown)()) ?? null);
  } catch (error) {
    return Response.json(String(error));
  }
}

let shared: Store | undefined;

/** Uses one store for all requests, as it must not be. */
async function useShared(namespace: ObjectNamespace): Promise<Response> {
  shared ??= durableObjectStore(namespace);
  return new Response((await shared.ready().catch(String)) ?? "");
}

function objectNamed(namespace: ObjectNamespace, name: string): SlipwayStore {
  return namespace.get(namespace.idFromName(name) as never) as SlipwayStore;
}
