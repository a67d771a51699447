/** The name that was probably meant, where one is near enough. */
export function nearest(given: string, names: Iterable<string>): string | undefined {
  // Half of a short name is another name.
  let least = Math.min(3, Math.floor(given.length / 2) + 1);
  let found: string | undefined;
  for (const name of names) {
    const away = name.startsWith(given) && given.length > 1 ? 1 : distance(given, name);
    if (away >= least) continue;
    least = away;
    found = name;
  }
  return found;
}

/** How many letters must be added, left out, changed, or swapped with their neighbour. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let least = Math.min(
        (last[column] as number) + 1,
        (current[column - 1] as number) + 1,
        (last[column - 1] as number) + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        least = Math.min(least, (before[column - 2] as number) + 1);
      }
      current.push(least);
    }
    before = last;
    last = current;
  }
  return last[b.length] as number;
}
