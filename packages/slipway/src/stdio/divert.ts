import { Console } from "node:console";

/** What may wait on standard error for a reader that ignores it, in bytes. More is left out. */
const MAX_UNREAD_BYTES = 1024 * 1024;

type Write = (text: string) => boolean;

/** Standard output's own way to write, once it is diverted. */
let original: Write | undefined;

/**
 * Keeps standard output for protocol messages: whatever else the program writes there, by `console.log` or
 * otherwise, goes to standard error, for as long as the process lives.
 * @returns how to write to standard output nevertheless
 */
export function divertStdout(): Write {
  if (original !== undefined) return original;
  const { stdout, stderr } = process;
  const write = stdout.write;
  original = (text) => write.call(stdout, text);
  stdout.write = toStderr as typeof stdout.write;
  stdout.end = ((...args: WriteArguments) => {
    const [chunk] = args;
    if (chunk !== undefined && typeof chunk !== "function") toStderr(...args);
    return stdout;
  }) as typeof stdout.end;
  if (process.versions["bun"] !== undefined || process.versions["deno"] !== undefined) divertConsole();
  // A client may close standard error; what would be said there is lost.
  stderr.on("error", () => {});
  return original;
}

/** Of these runtimes the console does not write by way of `process.stdout`. */
function divertConsole(): void {
  const { stderr } = process;
  const toStderr = new Console(stderr, stderr);
  for (const method of SPOKEN) {
    Object.defineProperty(console, method, { value: toStderr[method].bind(toStderr) });
  }
}

/** The methods of a console that write to standard output, and those that share their state. */
const SPOKEN = [
  "count",
  "countReset",
  "debug",
  "dir",
  "dirxml",
  "group",
  "groupCollapsed",
  "groupEnd",
  "info",
  "log",
  "table",
  "time",
  "timeEnd",
  "timeLog",
] as const;

type Done = (error?: Error | null) => void;
type WriteArguments = [chunk: string | Uint8Array, encoding?: BufferEncoding | Done, done?: Done];

function toStderr(...args: WriteArguments): boolean {
  const { stderr } = process;
  if (stderr.writableLength < MAX_UNREAD_BYTES) {
    return stderr.write(...(args as Parameters<typeof stderr.write>));
  }
  const done = args.find((argument) => typeof argument === "function");
  if (done !== undefined) process.nextTick(done);
  return true;
}
