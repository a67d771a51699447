// Does with a store what another program says, through the channel between them.
import type { Store } from "slipway";
import type { Message, Reply, Request } from "./store-line.ts";

type Replier = (error?: Error) => void;

/**
 * Serves a store to the other end of a channel.
 * @returns what takes the messages that come
 */
export function serveStore(
  store: Store,
  send: (message: Message) => void,
): (message: Request | Reply) => void {
  const replies = new Map<number, Replier>();
  const stops = new Map<number, () => unknown>();
  let count = 0;

  async function serve({ port, method, args: given }: Request): Promise<unknown> {
    if (method === "stop") return stops.get(Number(given[0]?.[0]))?.();
    const args = given.map(([arg]) => {
      if (is(arg, "callback")) return callbackOf(Number(arg.callback));
      return is(arg, "failure") ? new Error(String(arg.failure)) : arg;
    });
    const target = (port === "" ? store : store[port]) as object;
    const result = Reflect.apply(Reflect.get(target, method), target, args);
    if (method === "createPending")
      return pending(result as ReturnType<Store["clientRequests"]["createPending"]>, args);
    const value = await result;
    if (typeof value !== "function") return value;
    stops.set(++count, value as () => unknown);
    return count;
  }

  /** Calls a function of the other end, and waits for its end. */
  function callbackOf(callback: number): (...args: unknown[]) => Promise<void> {
    return (...args) =>
      new Promise<void>((resolve, reject) => {
        const reply = ++count;
        replies.set(reply, (error) => (error === undefined ? resolve() : reject(error)));
        send({ callback, reply, args });
      });
  }

  return (message) => {
    if ("reply" in message) {
      const { reply, error } = message;
      replies.get(reply)?.(error === undefined ? undefined : new Error(error));
      replies.delete(reply);
      return;
    }
    // Begun at once, so that calls begin in the order in which they came.
    serve(message).then(
      (value) => send({ call: message.call, value: value === undefined ? [] : [value] }),
      ({ name, message: text }: Error) => send({ call: message.call, error: { name, message: text } }),
    );
  };
}

/** The other end has put a function at the end that it wants to be called when the wait is ready. */
async function pending(
  { promise, ready }: { promise: Promise<unknown>; ready?: Promise<void> },
  args: unknown[],
) {
  await ready;
  void (args.at(-1) as () => void)();
  return promise;
}

function is<K extends string>(arg: unknown, only: K): arg is { [key in K]: unknown } {
  return typeof arg === "object" && arg !== null && Object.keys(arg).join() === only;
}
