import type { Readable, Writable } from "node:stream";
import { type Style, styleFor } from "./style.ts";

type Terminal = { isTTY?: boolean; columns?: number };

/** Where a command reads and writes. What a command is asked for goes to stdout, all else to stderr. */
export interface Io {
  readonly stdin: Readable & { isTTY?: boolean };
  readonly stdout: Writable & Terminal;
  readonly stderr: Writable & Terminal;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Whether there is somebody who can be asked: stdin and stderr are a terminal. */
  readonly interactive: boolean;
  /** Colours for stdout. */
  readonly style: Style;
  /** Colours for stderr. */
  readonly errorStyle: Style;
  /** How wide a line may be: the terminal's, or 80 columns. */
  readonly columns: number;
  /** Writes a line to stdout. */
  print(line?: string): void;
  /** Writes a line to stderr. */
  note(line?: string): void;
}

export function openIo({
  stdin,
  stdout,
  stderr,
  env,
  cwd,
}: Pick<Io, "stdin" | "stdout" | "stderr" | "env" | "cwd">): Io {
  return {
    stdin,
    stdout,
    stderr,
    env,
    cwd,
    interactive: stdin.isTTY === true && stderr.isTTY === true,
    style: styleFor(stdout, env),
    errorStyle: styleFor(stderr, env),
    columns: stdout.columns || 80,
    print: (line = "") => void stdout.write(`${line}\n`),
    note: (line = "") => void stderr.write(`${line}\n`),
  };
}
