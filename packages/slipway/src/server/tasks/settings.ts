export interface TaskSettings {
  /** How long a task is kept after it was made, with its result, in milliseconds. Default: 3,600,000 (an hour). */
  ttlMs?: number;
  /** The longest that a client may ask for, in milliseconds. Default: 86,400,000 (a day). */
  maxTtlMs?: number;
  /** How long clients should wait before they look again, in milliseconds. Default: 1,000. */
  pollIntervalMs?: number;
  /** How many tasks one process runs at once; calls that would become one more are refused. Default: 1,000. */
  maxRunning?: number;
}

const DEFAULTS: Required<TaskSettings> = {
  ttlMs: 3_600_000,
  maxTtlMs: 86_400_000,
  pollIntervalMs: 1_000,
  maxRunning: 1_000,
};

/** @throws TypeError when a setting is not a positive integer */
export function taskSettingsOf(given: TaskSettings = {}): Required<TaskSettings> {
  const settings = { ...DEFAULTS };
  for (const member of Object.keys(DEFAULTS) as (keyof TaskSettings)[]) {
    const value = given[member];
    if (value === undefined) continue;
    if (!Number.isSafeInteger(value) || value <= 0) {
      throw new TypeError(`tasks.${member}: expected a positive integer, got ${String(value)}.`);
    }
    settings[member] = value;
  }
  return settings;
}

/** How long a task is kept whose client wants that. */
export function keptFor(wanted: number | undefined, { ttlMs, maxTtlMs }: Required<TaskSettings>): number {
  return Math.min(Math.max(1, Math.round(wanted ?? ttlMs)), maxTtlMs);
}
