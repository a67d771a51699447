import type { CallSession } from "./call.ts";

/** What a handler sees of the session. */
export interface SessionView {
  readonly id: string;
  /** A value that a handler has set in this session, if any has. */
  get<T = unknown>(key: string): Promise<T | undefined>;
  /** Sets a value (JSON) for the rest of the session; `undefined` forgets it. */
  set(key: string, value: unknown): Promise<void>;
  /**
   * Replaces a value in one step: `change` gets the newest one, and runs again when another was faster.
   * @returns the value that was set
   */
  update<T = unknown>(key: string, change: (value: T | undefined) => T | undefined): Promise<T | undefined>;
}

const MAX_ATTEMPTS = 100;

export function sessionView(session: CallSession, id: string): SessionView {
  const values = () => {
    if (session.values !== undefined) return session.values;
    throw new Error("This session keeps no values: its SessionAdapter lacks readValue and writeValue.");
  };
  const update: SessionView["update"] = async (key, change) => {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const found = await values().read(key);
      const next = change(found?.value as never);
      if (await values().write(key, next, found?.version ?? 0)) return next;
    }
    throw new Error(
      `The session's value "${key}" could not be updated: others changed it ${MAX_ATTEMPTS} times.`,
    );
  };
  return {
    id,
    get: async <T>(key: string) => (await values().read(key))?.value as T | undefined,
    set: async (key, value) => void (await update(key, () => value)),
    update,
  };
}
