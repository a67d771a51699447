const ASCII = /^[ -~]*$/;

/** Text as it is compared: without case and diacritics, so that "zurich" finds "Zürich". */
export function fold(text: string): string {
  const plain = ASCII.test(text) ? text : text.normalize("NFD").replace(/\p{M}/gu, "");
  return plain.toLowerCase();
}

/** Whether `text` becomes `other` by at most `max` insertions, deletions or replacements. */
export function isWithinEdits(text: string, other: string, max: number): boolean {
  if (Math.abs(text.length - other.length) > max) return false;
  const above = Uint16Array.from({ length: other.length + 1 }, (_, column) => column);
  const row = above.slice();
  for (let i = 1; i <= text.length; i++) {
    row[0] = i;
    for (let j = 1; j <= other.length; j++) {
      const replaced = at(above, j - 1) + (text[i - 1] === other[j - 1] ? 0 : 1);
      row[j] = Math.min(replaced, at(above, j) + 1, at(row, j - 1) + 1);
    }
    if (Math.min(...row) > max) return false;
    above.set(row);
  }
  return at(above, other.length) <= max;
}

function at(row: Uint16Array, column: number): number {
  return row[column] as number;
}
