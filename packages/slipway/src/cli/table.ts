/** Characters that take two columns: of East Asia, and pictures. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const NO_WIDTH = /\p{Mn}|\p{Me}|[\u200b-\u200d]|[\ufe00-\ufe0f]/u;
const COLOUR = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");

/** How many columns of a terminal a text without line breaks takes; colours take none. */
export function widthOf(text: string): number {
  let width = 0;
  for (const one of text.replace(COLOUR, "")) width += NO_WIDTH.test(one) ? 0 : WIDE.test(one) ? 2 : 1;
  return width;
}

/** Breaks a text into lines that fit, between words where that is possible. Its own line breaks stay. */
export function wrap(text: string, width: number): string[] {
  return text.split("\n").flatMap((line) => wrapLine(line, Math.max(width, 1)));
}

function wrapLine(line: string, width: number): string[] {
  if (widthOf(line) <= width) return [line];
  const lines: string[] = [];
  let current = "";
  for (const word of line.split(/(?<=\s)(?=\S)/)) {
    if (current !== "" && widthOf(current + word.trimEnd()) > width) {
      lines.push(current.trimEnd());
      current = "";
    }
    current += word;
    while (widthOf(current.trimEnd()) > width) {
      const [head, rest] = cut(current, width);
      lines.push(head);
      current = rest;
    }
  }
  if (current.trim() !== "") lines.push(current.trimEnd());
  return lines;
}

/** Cuts a word that is longer than a line. */
function cut(text: string, width: number): [string, string] {
  let head = "";
  for (const one of text) {
    if (head !== "" && widthOf(head + one) > width) break;
    head += one;
  }
  return [head, text.slice(head.length)];
}

export interface TableOptions {
  /** The columns that there are, the indent among them. Default: without end, as in a pipe. */
  readonly width?: number | undefined;
  /** Spaces before each line. Default: 0. */
  readonly indent?: number;
}

/** The last column is wrapped, but never to less than this. */
const LEAST = 24;
/** A cell before the last column that is wider stands on a line of its own, so that it does not push all others aside. */
const MOST = 32;

/** Rows of cells under one another: each column as wide as it needs, the last one wrapped. */
export function table(rows: readonly (readonly string[])[], options: TableOptions = {}): string[] {
  const { width = Number.POSITIVE_INFINITY, indent = 0 } = options;
  const count = Math.max(0, ...rows.map((row) => row.length));
  const columns = Array.from({ length: Math.max(count - 1, 0) }, (_, at) =>
    Math.max(0, ...rows.map((row) => widthOf(row[at] ?? "")).filter((one) => one <= MOST)),
  );
  const before = columns.reduce((sum, one) => sum + one + (one === 0 ? 0 : 2), indent);
  const last = Math.max(width - before, LEAST);
  return rows.flatMap((row) => lay(row, columns, before, last, indent));
}

function lay(
  row: readonly string[],
  columns: readonly number[],
  before: number,
  last: number,
  indent: number,
): string[] {
  const lines: string[] = [];
  let line = " ".repeat(indent);
  for (const [at, column] of columns.entries()) {
    const cell = row[at] ?? "";
    if (widthOf(cell) > column) {
      lines.push(line + cell);
      line = " ".repeat(widthOf(line) + column + (column === 0 ? 0 : 2));
    } else line += cell + " ".repeat(column - widthOf(cell) + (column === 0 ? 0 : 2));
  }
  const [first = "", ...more] = wrap(row[columns.length] ?? "", last);
  lines.push(line + first, ...more.map((text) => " ".repeat(before) + text));
  return lines.map((text) => text.trimEnd()).filter((text) => text !== "");
}
