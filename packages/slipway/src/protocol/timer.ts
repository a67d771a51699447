/** The longest that a timer of any runtime can wait, in milliseconds; one that is to wait longer is over at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;
