/**
 * Splits a command line into words as a shell does: spaces part words, quotes keep them together, a backslash keeps a
 * quote, a space or a backslash as it is. Nothing else is done: no variables, no patterns, no pipes.
 * @throws Error when a quote is not closed
 */
export function wordsOf(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let at = 0; at < line.length; at++) {
    const one = line[at] as string;
    const next = line[at + 1] ?? "";
    if (one === "\\" && quote !== "'" && /["'\\\s]/.test(next)) {
      word = (word ?? "") + next;
      at++;
    } else if (quote !== "") {
      if (one === quote) quote = "";
      else word += one;
    } else if (one === '"' || one === "'") {
      quote = one;
      word ??= "";
    } else if (/\s/.test(one)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + one;
  }
  if (quote !== "") throw new Error(`A ${quote} is not closed in: ${line}`);
  return word === undefined ? words : [...words, word];
}
