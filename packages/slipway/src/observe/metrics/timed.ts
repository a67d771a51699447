import { EventsGoneError, SessionLimitError, StoreUnavailableError } from "../../ports/index.ts";
import { OTHER } from "./definitions.ts";

/** Hears how long an operation took, and what it failed with. */
export type Took = (operation: string, durationMs: number, error: string | undefined) => void;

type Method = (...values: unknown[]) => unknown;

/**
 * An adapter that tells how long those of another's operations take that take time. It has the methods that the other one has,
 * no others, and calls them on that one, whose private members are no others'.
 */
export function timed<T extends object>(adapter: T, took: Took): T {
  const wrapper = Object.create(Object.getPrototypeOf(adapter)) as T;
  for (const key of keysOf(adapter)) {
    const value: unknown = Reflect.get(adapter, key);
    Object.defineProperty(
      wrapper,
      key,
      typeof value === "function"
        ? { value: timedMethod(adapter, key, value as Method, took), writable: true, configurable: true }
        : { get: () => Reflect.get(adapter, key), set: (given) => Reflect.set(adapter, key, given) },
    );
  }
  return wrapper;
}

/** All that it has, also what it has from its classes. */
function keysOf(adapter: object): Set<string | symbol> {
  const keys = new Set<string | symbol>();
  for (
    let place: object | null = adapter;
    place !== null && place !== Object.prototype;
    place = Object.getPrototypeOf(place) as object | null
  ) {
    for (const key of Reflect.ownKeys(place)) if (key !== "constructor") keys.add(key);
  }
  return keys;
}

function timedMethod(adapter: object, key: string | symbol, method: Method, took: Took): Method {
  const operation = String(key);
  return (...values) => {
    const startedAt = performance.now();
    let result: unknown;
    try {
      result = method.apply(adapter, values);
    } catch (error) {
      took(operation, performance.now() - startedAt, kindOf(error));
      throw error;
    }
    const waited = result instanceof Promise ? result : readyOf(result);
    waited?.then(
      () => took(operation, performance.now() - startedAt, undefined),
      (error: unknown) => took(operation, performance.now() - startedAt, kindOf(error)),
    );
    return result;
  };
}

/** Of a wait for an answer, what its store takes to begin it: the rest is its client's time. */
function readyOf(result: unknown): Promise<unknown> | undefined {
  const ready: unknown = (result as { ready?: unknown } | undefined)?.ready;
  return ready instanceof Promise ? ready : undefined;
}

function kindOf(error: unknown): string {
  if (error instanceof StoreUnavailableError) return "unavailable";
  if (error instanceof EventsGoneError) return "gone";
  return error instanceof SessionLimitError ? "full" : OTHER;
}
