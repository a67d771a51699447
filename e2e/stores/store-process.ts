// A program that does with a store what its parent says, through the channel between them.
import { Pool } from "pg";
import type { Store } from "slipway";
import { postgresStore } from "slipway/postgres";
import { sqliteStore } from "slipway/sqlite";

const [, , kind = "", place = "", settings = "{}"] = process.argv;
const options = JSON.parse(settings);
const store: Store =
  kind === "sqlite"
    ? sqliteStore(place, options)
    : postgresStore(new Pool({ connectionString: place, max: 4 }), options);

interface Request {
  readonly call: number;
  readonly port: keyof Store | "";
  readonly method: string;
  readonly args: readonly unknown[];
}

type Replier = (error?: Error) => void;
const replies = new Map<number, Replier>();
const stops = new Map<number, () => unknown>();
let count = 0;

process.on("message", (message: Request | { reply: number; error?: string }) => {
  if ("reply" in message) {
    const { reply, error } = message;
    replies.get(reply)?.(error === undefined ? undefined : new Error(error));
    replies.delete(reply);
    return;
  }
  // Begun at once, so that calls begin in the order in which they came.
  serve(message).then(
    (value) => process.send?.({ call: message.call, value }),
    ({ name, message: text }: Error) =>
      process.send?.({ call: message.call, error: { name, message: text } }),
  );
});
process.on("disconnect", () => process.exit());

async function serve({ port, method, args: given }: Request): Promise<unknown> {
  if (method === "stop") return stops.get(Number(given[0]))?.();
  const args = given.map((arg) => (isCallback(arg) ? callbackOf(arg.callback) : arg));
  const target: object = port === "" ? store : store[port];
  const result = Reflect.apply(Reflect.get(target, method), target, args);
  if (method === "createPending")
    return pending(result as ReturnType<Store["clientRequests"]["createPending"]>, args);
  const value = await result;
  if (typeof value !== "function") return value;
  stops.set(++count, value as () => unknown);
  return count;
}

/** The parent has put a function at the end that it wants to be called when the wait is ready. */
async function pending(
  { promise, ready }: { promise: Promise<unknown>; ready?: Promise<void> },
  args: unknown[],
) {
  await ready;
  void (args.at(-1) as () => void)();
  return promise;
}

function isCallback(arg: unknown): arg is { callback: number } {
  return typeof arg === "object" && arg !== null && Object.keys(arg).join() === "callback";
}

/** Calls a function of the parent, and waits for its end. */
function callbackOf(callback: number): (...args: unknown[]) => Promise<void> {
  return (...args) =>
    new Promise<void>((resolve, reject) => {
      const reply = ++count;
      replies.set(reply, (error) => (error === undefined ? resolve() : reject(error)));
      process.send?.({ callback, reply, args });
    });
}

await store.ready();
process.send?.({ instanceId: store.bus.instanceId, deadAfterMs: store.bus.deadAfterMs });
