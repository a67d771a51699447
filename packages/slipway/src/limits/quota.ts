/** How many requests may be sent in a day or a month of UTC. */
export interface Quota {
  readonly day?: number;
  readonly month?: number;
}

export const PERIODS = ["day", "month"] as const;

export type Period = (typeof PERIODS)[number];

/** A day or month that is now. */
export interface Span {
  /** `2026-07-28` or `2026-07`. */
  readonly name: string;
  /** When it begins, and when it ends, in milliseconds since 1970. */
  readonly beginsAt: number;
  readonly endsAt: number;
}

export function spanOf(period: Period, now: number): Span {
  const date = new Date(now);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  return period === "day"
    ? span(date, 10, Date.UTC(year, month, day), Date.UTC(year, month, day + 1))
    : span(date, 7, Date.UTC(year, month), Date.UTC(year, month + 1));
}

function span(date: Date, length: number, beginsAt: number, endsAt: number): Span {
  return { name: date.toISOString().slice(0, length), beginsAt, endsAt };
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
