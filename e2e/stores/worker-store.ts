import type { Miniflare } from "miniflare";
import type { DurableObjectStoreOptions } from "slipway/cloudflare";
import { frameReader, framesOf } from "./frames.ts";
import { type Hello, type Message, type RemoteStore, storeAt } from "./store-line.ts";

/** A store in a request of a Worker (see durable-worker.ts), which can be killed. */
export async function workerStore(
  workers: Miniflare,
  worker: string,
  options: DurableObjectStoreOptions & { name: string },
): Promise<RemoteStore> {
  const url = `http://${worker}.example/?options=${encodeURIComponent(JSON.stringify(options))}`;
  const { webSocket: socket } = await workers.dispatchFetch(url, { headers: { upgrade: "websocket" } });
  if (!socket) throw new Error("The Worker was expected to take a WebSocket.");
  let connected = true;
  let hello: (hello: Hello) => void = () => {};
  let listener: ((message: Message) => void) | undefined;
  const ended = new Promise<void>((resolve) => {
    socket.addEventListener("close", () => {
      connected = false;
      resolve();
    });
  });
  const greeted = new Promise<Hello>((resolve) => {
    hello = resolve;
  });
  const read = frameReader((message) => (listener === undefined ? hello(message) : listener(message)));
  socket.addEventListener("message", ({ data }) => read(String(data)));
  socket.accept();
  return storeAt(
    {
      get connected() {
        return connected;
      },
      send: (message) => {
        for (const frame of framesOf(message)) socket.send(frame);
      },
      onMessage: (given) => {
        listener = given;
      },
      onEnd: (given) => void ended.then(given),
    },
    await greeted,
    {
      kill: async () => {
        if (connected) socket.send("crash");
        await ended;
      },
      interrupt: async () => socket.send("interrupt"),
    },
  );
}
