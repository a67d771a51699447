import type { Store } from "../../../ports/index.ts";
import { bound } from "../../memory/bound.ts";
import { DurableClientRequestAdapter } from "./client-request-adapter.ts";
import { DurableEventBus } from "./event-bus.ts";
import { DurableHandleAdapter } from "./handle-adapter.ts";
import { DurableJournalAdapter } from "./journal-adapter.ts";
import { Objects } from "./objects.ts";
import type { ObjectNamespace } from "./platform.ts";
import { DurableSessionAdapter, type DurableSessionOptions } from "./session-adapter.ts";
import { DurableTaskAdapter } from "./task-adapter.ts";

export interface DurableObjectStoreOptions extends DurableSessionOptions {
  /** Keeps several stores apart that use one namespace. Default `"slipway"`. */
  name?: string;
  /**
   * Among how many objects sessions, handles and journals are divided; at most 256. Keep it: with another number, what was
   * kept before is not found. Default 4.
   */
  shards?: number;
  /** How long a question waits for the client's answer, in milliseconds. 0: no limit. Default 5 minutes. */
  requestTimeoutMs?: number;
  /**
   * After so many milliseconds without a sign of life an instance counts as dead. Requests that last longer look as often
   * for what dead ones have left, in every shard. Default 30 seconds.
   */
  deadAfterMs?: number;
  /**
   * How long a request must last before it listens to the others, in milliseconds, unless it needs to at once. 0: each
   * does from its beginning. Default 200.
   */
  listenAfterMs?: number;
}

export interface DurableObjectStore extends Store {
  /** Resolves when this instance hears the others, from which on it misses nothing; or when that cannot be had now. */
  listening(): Promise<void>;
}

const MOST_SHARDS = 256;

/**
 * Keeps everything in Durable Objects of Cloudflare, for any number of Workers: a few objects with an SQLite database each.
 * Sessions, handles and journals are divided among the shards by their ids, tasks are kept by one object, and one
 * connects the instances. What has expired is deleted by alarms; an object that nobody calls is not in memory, also while
 * streams are open.
 *
 * An instance belongs to one request, as all that a Worker opens does: make the store, the transport and the server for
 * each request, and let {@link serveRequest} end them with it.
 *
 * Throws a TypeError when `namespace` is no binding, and a RangeError for an option that is out of bounds.
 *
 * @param namespace the binding of a class that {@link storeObject} has made
 * @example
 * const store = durableObjectStore(env.SLIPWAY);
 */
export function durableObjectStore(
  namespace: ObjectNamespace,
  options: DurableObjectStoreOptions = {},
): DurableObjectStore {
  const shards = bound("shards", options.shards, 4);
  if (!Number.isInteger(shards) || shards > MOST_SHARDS)
    throw new RangeError(`shards must be an integer of at most ${MOST_SHARDS}, got ${shards}`);
  const requestTimeoutMs = bound("requestTimeoutMs", options.requestTimeoutMs, 5 * 60_000, 0);
  const objects = new Objects(namespace, options.name ?? "slipway", shards);
  const deadAfterMs = bound("deadAfterMs", options.deadAfterMs, 30_000);
  const bus = new DurableEventBus(
    objects,
    deadAfterMs,
    bound("listenAfterMs", options.listenAfterMs, 200, 0),
  );
  const clientRequests = new DurableClientRequestAdapter(objects, requestTimeoutMs);
  const present = () => bus.present();
  return {
    sessions: new DurableSessionAdapter(objects, options, present),
    clientRequests,
    bus,
    tasks: new DurableTaskAdapter(objects, present),
    handles: new DurableHandleAdapter(objects),
    journals: new DurableJournalAdapter(objects),
    listening: present,
    ready: async () => {
      const places = [...Array(shards).keys(), "bus", "tasks"] as const;
      await Promise.all(places.map((place) => objects.call(place, "check")));
    },
    ping: async () => void (await objects.call("bus", "check")),
    close: async () => {
      clientRequests.close();
      bus.close();
      // What was begun is not to be lost with the request.
      await objects.idle();
    },
  };
}
