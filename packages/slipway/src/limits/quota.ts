/** How many requests may be sent in a day or a month of UTC. */
export interface Quota {
  readonly day?: number;
  readonly month?: number;
}

export const PERIODS = ["day", "month"] as const;

export type Period = (typeof PERIODS)[number];

/** A day or month that is now, by when it begins and ends, in milliseconds since 1970. */
export interface Span {
  readonly beginsAt: number;
  readonly endsAt: number;
}

export function spanOf(period: Period, now: number): Span {
  const date = new Date(now);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  return period === "day"
    ? { beginsAt: Date.UTC(year, month, day), endsAt: Date.UTC(year, month, day + 1) }
    : { beginsAt: Date.UTC(year, month), endsAt: Date.UTC(year, month + 1) };
}

/** @throws RangeError */
export function checkQuota(quota: Quota, where: string): Quota {
  for (const period of PERIODS) {
    const value = quota[period];
    if (value === undefined || (Number.isSafeInteger(value) && value > 0)) continue;
    throw new RangeError(`${where}.${period}: expected a positive integer, got ${String(value)}.`);
  }
  return quota;
}
