/**
 * A bound that a caller may set: the number given, or else `standard`. `Infinity` lifts the bound.
 * Throws a RangeError for anything but a number of at least `least`.
 */
export function bound(name: string, given: number | undefined, standard: number, least = 1): number {
  const chosen = given ?? standard;
  if (typeof chosen === "number" && chosen >= least) return chosen;
  throw new RangeError(
    `${name} must be a number of at least ${least} (Infinity for no bound), got ${chosen}`,
  );
}
