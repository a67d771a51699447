/** What a {@link Keyed} does with the things that it keeps. */
export interface KeyedInit<T> {
  open(key: string): T | Promise<T>;
  /** Lets go of one that nobody uses. What it throws or rejects with is given to `failed`. */
  close(thing: T, key: string): void | Promise<void>;
  failed(error: unknown, key: string): void;
  /** Whether something of it goes on, so that it cannot be closed. */
  isBusy(thing: T): boolean;
  /** How many are kept at most. */
  readonly max: number;
  /** How long one is kept that nobody asks for, in milliseconds. */
  readonly idleMs: number;
  /** How long one is kept at least after it was asked for, in milliseconds, even where there is no room for others. */
  readonly graceMs: number;
}

interface Entry<T> {
  /** The thing itself, once it is open. */
  thing: { readonly value: T } | undefined;
  opening: Promise<T> | undefined;
  /** How many are at work with it. */
  users: number;
  used: number;
}

/** As many are kept as may be, and all of them are in use. */
export class NoRoomError extends Error {
  override readonly name: string = "NoRoomError";
}

/** Things that are opened when first asked for, one for each key, and closed when nobody has asked for them for a while. */
export class Keyed<T> {
  readonly #init: KeyedInit<T>;
  /** The one that was asked for last comes last. */
  readonly #entries = new Map<string, Entry<T>>();
  readonly #closing = new Set<Promise<void>>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #closed = false;

  constructor(init: KeyedInit<T>) {
    this.#init = init;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Those that are open. */
  *values(): Generator<T> {
    for (const { thing } of this.#entries.values()) if (thing !== undefined) yield thing.value;
  }

  /** The thing of a key, if it is open. */
  peek(key: string): T | undefined {
    return this.#entries.get(key)?.thing?.value;
  }

  /**
   * The thing of a key. Whoever asks while it is being opened gets the same one; when that fails, all of them are told, and the next
   * one to ask has it tried again.
   * @throws NoRoomError when there is no room for another
   */
  get(key: string): T | Promise<T> {
    const entry = this.#entryOf(key);
    return entry.thing === undefined ? (entry.opening as Promise<T>) : entry.thing.value;
  }

  /**
   * Works with the thing of a key, which is not closed meanwhile.
   * @throws NoRoomError when there is no room for another
   */
  async use<R>(key: string, work: (thing: T) => R | Promise<R>): Promise<R> {
    const entry = this.#entryOf(key);
    entry.users++;
    try {
      return await work(entry.thing === undefined ? await (entry.opening as Promise<T>) : entry.thing.value);
    } finally {
      entry.users--;
      entry.used = Date.now();
    }
  }

  #entryOf(key: string): Entry<T> {
    const known = this.#entries.get(key);
    if (known !== undefined) {
      known.used = Date.now();
      // At the end again.
      this.#entries.delete(key);
      this.#entries.set(key, known);
      return known;
    }
    if (this.#closed) throw new NoRoomError("It is closed.");
    this.#makeRoom();
    const entry: Entry<T> = { thing: undefined, opening: undefined, users: 0, used: Date.now() };
    this.#entries.set(key, entry);
    this.#timer ??= this.#sweepRegularly();
    entry.opening = this.#open(key, entry);
    // Whoever asked is told.
    entry.opening.catch(() => {});
    return entry;
  }

  async #open(key: string, entry: Entry<T>): Promise<T> {
    try {
      const value = await this.#init.open(key);
      entry.thing = { value };
      entry.used = Date.now();
      return value;
    } catch (error) {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
      throw error;
    } finally {
      entry.opening = undefined;
    }
  }

  #makeRoom(): void {
    const { max, graceMs } = this.#init;
    if (this.#entries.size < max) return;
    for (const [key, entry] of this.#entries) if (this.#closeIdle(key, entry, graceMs)) return;
    throw new NoRoomError(`There are ${max} already, and all are in use.`);
  }

  #sweepRegularly(): ReturnType<typeof setInterval> {
    const timer = setInterval(() => this.#sweep(), Math.max(this.#init.idleMs / 2, 10));
    (timer as { unref?: () => void }).unref?.();
    return timer;
  }

  #sweep(): void {
    for (const [key, entry] of this.#entries) this.#closeIdle(key, entry, this.#init.idleMs);
    if (this.#entries.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #closeIdle(key: string, { thing, used, users }: Entry<T>, idleMs: number): boolean {
    if (thing === undefined || users > 0 || Date.now() - used < idleMs || this.#init.isBusy(thing.value))
      return false;
    this.#entries.delete(key);
    this.#close(key, thing.value);
    return true;
  }

  #close(key: string, value: T): void {
    const closing = (async () => this.#init.close(value, key))()
      .catch((error: unknown) => this.#init.failed(error, key))
      .finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  /** Opens nothing more, and closes all that is open, also what is in use. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#timer = undefined;
    const entries = [...this.#entries];
    this.#entries.clear();
    for (const [key, { thing, opening }] of entries) {
      if (thing !== undefined) this.#close(key, thing.value);
      else
        await opening?.then(
          (value) => this.#close(key, value),
          () => {},
        );
    }
    await Promise.all(this.#closing);
  }
}
