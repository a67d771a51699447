import { defaultLogger } from "../../server/index.ts";
import type { LogsOptions } from "./index.ts";
import type { Level, Write } from "./kinds.ts";
import type { Fields, StructuredLogger } from "./structured.ts";

export interface PinoLog {
  readonly logger: StructuredLogger;
  /**
   * What writes lines that have all this in common. Other fields may have values that JSON has.
   * @returns undefined where each line is to be given to the logger
   */
  alike(level: Level, common: Fields, text: string): Write | undefined;
  /** Writes what is still to be written. */
  close(): Promise<void>;
}

/** What may wait for a slow reader of the log, in bytes; further lines are left out. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;

const NEWLINE = 0x0a;

/** How long the last lines may take, in milliseconds. */
const CLOSE_MS = 2_000;

/**
 * `pino`, which writes without being waited for; what is left when the process ends is written then.
 * @throws Error when it is not installed
 */
export async function pinoLog({ destination = 2, level = "info" }: LogsOptions): Promise<PinoLog> {
  const { pino } = await import("pino").catch((cause: unknown) => {
    throw new Error("Logs are written by pino: npm install pino, or give a logger of your own", { cause });
  });
  const { Lines } = await import("../node/lines.ts");
  const { PLACE, templateOf } = await import("./template.ts");
  const { isRegularFile } = await import("../node/regular-file.ts");
  const stream = pino.destination({
    dest: destination,
    // What a file takes at once is not worth a thread, as for pino itself; what reads from a pipe may be slow.
    sync: isRegularFile(destination),
    maxLength: MAX_WAITING_BYTES,
    // Texts it would turn into bytes, and count, more than once.
    contentMode: "buffer",
  });
  const lines = new Lines(stream);
  const logger = pino({ level }, lines);
  let sample = "";
  const sampler = pino({ level }, { write: (line) => (sample = line) });
  let leftOut = 0;
  stream.on("drop", (bytes: Uint8Array) => {
    for (const byte of bytes) if (byte === NEWLINE) leftOut++;
  });
  stream.on("drain", () => {
    if (leftOut === 0) return;
    const count = leftOut;
    leftOut = 0;
    logger.warn({ leftOut: count }, `${count} lines were left out: what reads this log is too slow`);
  });
  let told = false;
  stream.on("error", (error: unknown) => {
    // A server goes on without its log; where that is to end it, the audit is the place.
    if (!told) defaultLogger.error("The log cannot be written.", error);
    told = true;
  });
  return {
    logger,
    alike(at, common, text) {
      if (!logger.isLevelEnabled(at)) return () => {};
      sampler.child(common)[at]({ [PLACE]: 0 }, text);
      const write = templateOf(sample);
      return (
        write &&
        (({ call, durationMs }, atMs, others) => write(lines, atMs, call.correlationId, durationMs, others))
      );
    },
    close: () =>
      new Promise((resolve) => {
        // What cannot be written at all is not waited for.
        const timer = setTimeout(resolve, CLOSE_MS);
        stream.once("drain", () => {
          clearTimeout(timer);
          resolve();
        });
        lines.close();
        // Tells that it is through also where nothing was left.
        stream.write(Buffer.alloc(0) as unknown as string);
      }),
  };
}
