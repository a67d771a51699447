import { closeSync, openSync, writeSync } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import type { AuditEntry } from "../audit/entry.ts";
import type { AuditSink } from "../audit/sink.ts";

type Fsync = "always" | "never" | number;

/** How often it is looked whether the file was moved away, in milliseconds. */
const LOOK_MS = 1_000;

/**
 * JSON lines, appended to a file that nobody but its owner may read. What moves the file away, as `logrotate` does, needs
 * to tell nobody: a new one is begun.
 */
export class AuditFile implements AuditSink {
  readonly #path: string;
  readonly #fsync: Fsync;
  #file: FileHandle;
  #looked = performance.now();
  /** What is left of a write that has failed in its midst. */
  #rest: { readonly bytes: Buffer; readonly count: number; offset: number } | undefined;
  #syncing: ReturnType<typeof setTimeout> | undefined;
  #syncFailure: unknown;
  #forget: (() => void) | undefined;

  /** @throws Error when it cannot be opened */
  static async open(path: string, fsync: Fsync = 1_000): Promise<AuditFile> {
    if (fsync !== "always" && fsync !== "never" && !(fsync > 0)) {
      throw new TypeError(`audit.fsync: expected "always", "never" or milliseconds, got ${fsync}.`);
    }
    try {
      return new AuditFile(path, fsync, await begin(path));
    } catch (cause) {
      throw new Error(`The audit cannot be written to ${path}: ${(cause as Error).message}`, { cause });
    }
  }

  private constructor(path: string, fsync: Fsync, file: FileHandle) {
    this.#path = path;
    this.#fsync = fsync;
    this.#file = file;
  }

  async write(entries: readonly AuditEntry[]): Promise<void> {
    if (this.#rest === undefined) {
      await this.#look();
      this.#rest = { bytes: linesOf(entries), count: entries.length, offset: 0 };
    }
    const { bytes, count } = this.#rest;
    while (this.#rest.offset < bytes.length) {
      const { bytesWritten } = await this.#file.write(bytes, this.#rest.offset);
      this.#rest.offset += bytesWritten;
    }
    await this.#sync();
    this.#rest = undefined;
    if (count < entries.length) await this.write(entries.slice(count));
  }

  async #look(): Promise<void> {
    if (performance.now() - this.#looked < LOOK_MS) return;
    const [there, mine] = await Promise.all([stat(this.#path).catch(() => undefined), this.#file.stat()]);
    if (there?.ino !== mine.ino || there.dev !== mine.dev) {
      const moved = this.#file;
      this.#file = await begin(this.#path);
      await moved.sync();
      await moved.close();
    }
    this.#looked = performance.now();
  }

  async #sync(): Promise<void> {
    if (this.#fsync === "never") return;
    if (this.#fsync === "always") return this.#file.datasync();
    if (this.#syncFailure !== undefined) {
      const failure = this.#syncFailure;
      this.#syncFailure = undefined;
      throw failure;
    }
    this.#syncing ??= setTimeout(() => {
      this.#syncing = undefined;
      this.#file.datasync().catch((error: unknown) => {
        this.#syncFailure = error;
      });
    }, this.#fsync);
    this.#syncing.unref();
  }

  /** What is not written yet is written before the process ends, so that it may stand there twice. */
  atExit(pending: () => readonly AuditEntry[]): void {
    const save = () => {
      const entries = pending();
      if (entries.length === 0) return;
      const { bytes, offset } = this.#rest ?? { bytes: linesOf(entries), offset: 0 };
      const further = this.#rest === undefined ? [] : entries.slice(this.#rest.count);
      try {
        const file = openSync(this.#path, "a", 0o600);
        writeSync(file, bytes, offset);
        if (further.length > 0) writeSync(file, linesOf(further));
        closeSync(file);
      } catch (error) {
        process.stderr.write(`${entries.length} entries of the audit are lost: ${String(error)}\n`);
      }
    };
    process.on("exit", save);
    this.#forget = () => process.off("exit", save);
  }

  async close(): Promise<void> {
    this.#forget?.();
    clearTimeout(this.#syncing);
    if (this.#fsync !== "never") await this.#file.sync().catch(() => {});
    await this.#file.close();
  }
}

function linesOf(entries: readonly AuditEntry[]): Buffer {
  return Buffer.from(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
}

/** Opens a file whose last line may have been left unfinished, and begins a new line. */
async function begin(path: string): Promise<FileHandle> {
  const file = await open(path, "a+", 0o600);
  const { size } = await file.stat();
  if (size === 0) return file;
  const last = Buffer.alloc(1);
  await file.read(last, 0, 1, size - 1);
  if (last[0] !== 0x0a) await file.write("\n");
  return file;
}
