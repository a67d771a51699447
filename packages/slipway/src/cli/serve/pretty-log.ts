import type { StructuredLogger } from "../../observe/logs/structured.ts";
import type { Io } from "../io.ts";
import { onOneLine } from "../printable.ts";

export const LEVELS = ["debug", "info", "warn", "error"] as const;

/** Writes lines of a log for people, on stderr, from a level on. */
export function prettyLog(io: Io, least: (typeof LEVELS)[number]): Required<Omit<StructuredLogger, "child">> {
  const { dim, red, yellow, green } = io.errorStyle;
  const colours = { debug: dim, info: green, warn: yellow, error: red };
  const writer = (level: (typeof LEVELS)[number]) => {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(least)) return () => {};
    const shownLevel = colours[level](level.padEnd(5));
    return (fields: { [name: string]: unknown }, text: string) => {
      const rest = Object.entries(fields)
        .filter(([name]) => !SAID.has(name))
        .map(([name, value]) => `${name}=${shown(value)}`);
      const time = dim(new Date().toISOString());
      io.note([time, shownLevel, onOneLine(text), dim(rest.join(" "))].join("  ").trimEnd());
    };
  };
  return { debug: writer("debug"), info: writer("info"), warn: writer("warn"), error: writer("error") };
}

/** The text names them. */
const SAID: ReadonlySet<string> = new Set(["method", "tool", "prompt", "outcome", "http", "status"]);

function shown(value: unknown): string {
  if (value instanceof Error) return onOneLine(value.stack ?? value.message);
  return onOneLine(typeof value === "string" ? value : (JSON.stringify(value) ?? String(value)));
}
