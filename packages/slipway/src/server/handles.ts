import { type HandleAdapter, principalKey, type Versioned } from "../ports/index.ts";
import { ToolError } from "../protocol/errors.ts";
import type { Call } from "./call.ts";
import type { Context } from "./context.ts";
import { randomId } from "./random-id.ts";
import type { CompiledSchema, Infer, InferInput, Schema } from "./schema/index.ts";

export interface HandleOptions<S extends Schema | undefined> {
  /** What the state must be. Left out: any JSON. */
  schema?: S;
  /** How long the state is kept since its last use, in milliseconds. Default: one hour. */
  ttlMs?: number;
}

/** State that a server holds for a client, opened by its handle. */
export interface OpenHandle<T> {
  /** What the client carries. */
  readonly id: string;
  /** The state as it was when it was opened, or last updated through this object. */
  readonly value: T;
  /**
   * Replaces the state in one step: `change` gets the newest state, and runs again when another was faster.
   * @throws ToolError when the state has expired meanwhile
   */
  update(change: (value: T) => T): Promise<T>;
  delete(): Promise<void>;
}

const DEFAULT_TTL_MS = 3_600_000;

/** So often an update is tried before contention is taken for a fault. */
const MAX_ATTEMPTS = 100;

interface Stored {
  readonly principal: string;
  readonly state: unknown;
}

/**
 * A kind of state that outlives a request without a session: the server keeps it under an id that the client
 * passes back as an ordinary argument. An id opens its state for the principal that created it, and for no other.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/tools#stateful-tools
 */
export class Handle<S extends Schema | undefined = undefined> {
  readonly name: string;
  readonly #schema: CompiledSchema | undefined;
  readonly #ttlMs: number;
  readonly #callOf: (ctx: Context) => Call;

  constructor(
    name: string,
    schema: CompiledSchema | undefined,
    ttlMs: number | undefined,
    callOf: (ctx: Context) => Call,
  ) {
    this.name = name;
    this.#schema = schema;
    this.#ttlMs = ttlMs ?? DEFAULT_TTL_MS;
    this.#callOf = callOf;
  }

  /**
   * Begins to hold a state.
   * @returns the id to give to the client
   * @throws TypeError when the state does not fit the schema
   */
  async create(ctx: Context<never> | Context, state: StateInput<S>): Promise<string> {
    const call = this.#callOf(ctx as Context);
    const id = `${this.name}_${randomId()}`;
    const stored: Stored = { principal: principalKey(call.principal), state: await this.#check(state) };
    await handlesOf(call).create(id, stored, this.#ttlMs);
    return id;
  }

  /** @throws ToolError when there is no such state for this caller */
  async open(ctx: Context<never> | Context, id: string): Promise<OpenHandle<State<S>>> {
    const call = this.#callOf(ctx as Context);
    const adapter = handlesOf(call);
    let state = (await this.#read(adapter, call, id)).state as State<S>;
    const update = async (change: (value: State<S>) => State<S>) => {
      state = await this.#update(adapter, call, id, change);
      return state;
    };
    return {
      id,
      get value() {
        return state;
      },
      update,
      delete: async () => adapter.delete(id),
    };
  }

  async #read(adapter: HandleAdapter, call: Call, id: string): Promise<Versioned & { state: unknown }> {
    const found = id.startsWith(`${this.name}_`) ? await adapter.read(id, this.#ttlMs) : undefined;
    const stored = found?.value as Stored | undefined;
    if (found === undefined || stored?.principal !== principalKey(call.principal)) {
      throw new ToolError(
        `There is no such ${this.name}: it has expired, or the id is wrong. Create a new one.`,
      );
    }
    return { ...found, state: stored.state };
  }

  async #update(
    adapter: HandleAdapter,
    call: Call,
    id: string,
    change: (value: State<S>) => State<S>,
  ): Promise<State<S>> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const { state, version } = await this.#read(adapter, call, id);
      const next = await this.#check(change(state as State<S>));
      const stored: Stored = { principal: principalKey(call.principal), state: next };
      if (await adapter.write(id, stored, version, this.#ttlMs)) return next as State<S>;
    }
    throw new Error(
      `The ${this.name} "${id}" could not be updated: others changed it ${MAX_ATTEMPTS} times.`,
    );
  }

  async #check(state: unknown): Promise<unknown> {
    if (this.#schema === undefined) return state;
    const validation = await this.#schema.validate(state);
    if (validation.ok) return validation.value;
    const issues = validation.issues.map(({ path, message }) => `${path}: ${message}`).join("; ");
    throw new TypeError(`The state of the ${this.name} does not fit its schema. ${issues}`);
  }
}

export type State<S> = S extends Schema ? Infer<S> : unknown;
export type StateInput<S> = S extends Schema ? InferInput<S> : unknown;

function handlesOf(call: Call): HandleAdapter {
  if (call.handles !== undefined) return call.handles;
  throw new Error("This transport keeps no handles: give it a store, or a handleAdapter.");
}

/** Handles by the names of the arguments that carry their ids. */
// biome-ignore lint/suspicious/noExplicitAny: a handle of whatever state
export type HandleArguments = { readonly [argument: string]: Handle<any> };

/** Arguments with the ids replaced by what they open. */
export type WithHandles<A, H> = H extends HandleArguments
  ? Omit<A, keyof H> & { [K in keyof H]: H[K] extends Handle<infer S> ? OpenHandle<State<S>> : never }
  : A;

/** Opens the handles that a tool's arguments name. */
export async function openHandles(handles: HandleArguments, args: unknown, ctx: Context): Promise<unknown> {
  const opened: { [argument: string]: unknown } = { ...(args as object) };
  for (const [argument, handle] of Object.entries(handles)) {
    const id = opened[argument];
    if (id !== undefined) opened[argument] = await handle.open(ctx, String(id));
  }
  return opened;
}
