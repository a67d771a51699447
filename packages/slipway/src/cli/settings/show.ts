import type { Io } from "../io.ts";
import type { Resolution } from "./resolve.ts";
import type { Setting, Settings } from "./setting.ts";

const HIDDEN = "(hidden)";

/** A value as it may be shown: without secrets, and without passwords in URLs. */
function shown(value: unknown, { secret }: Setting): unknown {
  if (value === undefined) return null;
  if (secret) return HIDDEN;
  if (typeof value === "string") return withoutPassword(value);
  if (Array.isArray(value)) return value.map((one) => (typeof one === "string" ? withoutPassword(one) : one));
  if (typeof value === "object") return isPlain(value) ? value : `(${value?.constructor?.name ?? "object"})`;
  return value;
}

/** Whether it is data, and not a store or the like that a file has made. */
function isPlain(value: object | null): boolean {
  return Object.values(value ?? {}).every(
    (member) => typeof member !== "object" && typeof member !== "function",
  );
}

/** `redis://me:secret@host` as `redis://me:(hidden)@host`; also what tokens and keys a query has. */
export function withoutPassword(text: string): string {
  return text
    .replace(/^([a-z][a-z0-9+.-]*:\/\/[^/?#:@]*):[^/?#]*@/i, `$1:${HIDDEN}@`)
    .replace(/([?&][^=&#]*(?:password|secret|token|key)[^=&#]*=)[^&#]*/gi, `$1${HIDDEN}`);
}

/** Says what each setting is, and where that comes from. */
export function printSettings<S extends Settings>(
  settings: S,
  { given, origins }: Resolution<S>,
  json: boolean,
  io: Io,
): void {
  const rows = Object.entries(settings).map(([name, setting]) => ({
    name,
    value: shown((given as { [name: string]: unknown })[name], setting),
    from: (origins as { [name: string]: string })[name] ?? "",
  }));
  if (json) {
    io.print(JSON.stringify(Object.fromEntries(rows.map(({ name, ...rest }) => [name, rest])), null, 2));
    return;
  }
  const text = (value: unknown) =>
    value === null ? "-" : typeof value === "string" ? value : JSON.stringify(value);
  const width = (cells: readonly string[]) => Math.max(...cells.map((cell) => cell.length));
  const names = width(rows.map(({ name }) => name));
  const values = width(rows.map(({ value }) => text(value)));
  const { cyan, dim } = io.style;
  for (const { name, value, from } of rows)
    io.print(`${cyan(name.padEnd(names))}  ${text(value).padEnd(values)}  ${dim(from)}`);
}
