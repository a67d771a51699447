// A Worker that does with a store what the other end of a WebSocket says.
import { DurableObject } from "cloudflare:workers";
import { durableObjectStore, type ObjectNamespace, storeObject } from "slipway/cloudflare";
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

/** A store's object whose connections a test can cut. */
export class SlipwayStore extends storeObject(DurableObject) {
  declare readonly ctx: { getWebSockets(tag: string): Socket[] };

  cut(instanceId: string): void {
    for (const socket of this.ctx.getWebSockets(`bus:${instanceId}`)) socket.close(1012, "cut by the test");
  }
}

export default {
  fetch(request: Request, env: Env): Response {
    const { searchParams } = new URL(request.url);
    const options = JSON.parse(searchParams.get("options") ?? "{}");
    const store = durableObjectStore(env.SLIPWAY, options);
    const { 0: theirs, 1: ours } = new WebSocketPair();
    ours.accept();
    const send = (message: unknown) => {
      for (const frame of framesOf(message)) ours.send(frame);
    };
    const take = serveStore(store, send);
    const read = frameReader(take);
    ours.addEventListener("message", ({ data }) => {
      // Ends what runs in this request, and leaves its connections as they are.
      if (data === "crash") process.exit(1);
      else if (data === "interrupt") void cut(env.SLIPWAY, options.name, store.bus.instanceId);
      else read(data);
    });
    send({ instanceId: store.bus.instanceId, deadAfterMs: store.bus.deadAfterMs });
    return new Response(null, { status: 101, webSocket: theirs } as ResponseInit);
  },
};

function cut(namespace: ObjectNamespace, name: string, instanceId: string): Promise<void> {
  const bus = namespace.get(namespace.idFromName(`${name}/bus`) as never);
  return (bus as SlipwayStore).cut(instanceId) as unknown as Promise<void>;
}
