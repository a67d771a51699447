import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What the file is to the process that runs the cases: behind its streams and the channel to its parent. */
const FD = 4;

/** How many cases have begun, and how long the text of the one that runs is, in bytes: 0 for none. The text follows. */
const HEAD_BYTES = 8;
const MAX_CASE_BYTES = 4 * 1024 * 1024;

/**
 * Tells of the case that another process runs, whatever has become of that process: what was written to a file stays
 * there. It has no name, so that it is gone with the last who has it open.
 */
export class CaseNote {
  readonly fd: number;

  constructor() {
    const folder = mkdtempSync(join(tmpdir(), "slipway-fuzz-"));
    this.fd = openSync(join(folder, "case"), "w+");
    rmSync(folder, { recursive: true });
  }

  /** How many cases have begun. */
  get begun(): number {
    return this.#read(0, 4).readUInt32LE();
  }

  /** The case that runs. */
  get one(): unknown {
    const length = this.#read(4, 4).readUInt32LE();
    if (length === 0) return undefined;
    const text = this.#read(HEAD_BYTES, length).toString("utf8");
    try {
      return JSON.parse(text) as unknown;
    } catch {
      return text;
    }
  }

  /** Zeros where nothing was written yet. */
  #read(at: number, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    readSync(this.fd, bytes, 0, length, at);
    return bytes;
  }

  close(): void {
    closeSync(this.fd);
  }
}

/** Notes the case that runs, at the cost of one system call. */
export class CaseWriter {
  readonly #bytes = Buffer.alloc(HEAD_BYTES + MAX_CASE_BYTES);
  #begun = 0;

  begins(one: unknown): void {
    this.#begun++;
    this.#write(this.#bytes.write(JSON.stringify(one) ?? "null", HEAD_BYTES));
  }

  /** No case runs. */
  rests(): void {
    this.#write(0);
  }

  #write(length: number): void {
    this.#bytes.writeUInt32LE(this.#begun, 0);
    this.#bytes.writeUInt32LE(length, 4);
    writeSync(FD, this.#bytes, 0, HEAD_BYTES + length, 0);
  }
}
