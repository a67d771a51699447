import { inspect } from "node:util";
import type { Logger } from "slipway";

export interface Line {
  readonly level: keyof Logger;
  readonly message: string;
  readonly details: readonly unknown[];
}

/** A logger that keeps what it is told. */
export function recordingLogger(): Logger & { readonly lines: Line[]; text(): string } {
  const lines: Line[] = [];
  const at =
    (level: keyof Logger) =>
    (message: string, ...details: unknown[]): void => {
      lines.push({ level, message, details });
    };
  return {
    lines,
    error: at("error"),
    warn: at("warn"),
    info: at("info"),
    debug: at("debug"),
    text: () => inspect(lines, { depth: 10, breakLength: 200 }),
  };
}
