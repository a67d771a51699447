import type { AuditEntry } from "./entry.ts";

/** Keeps the audit. */
export interface AuditSink {
  /**
   * Keeps entries, in their order. Not called again before it has settled; what it rejects is offered again, perhaps with
   * more behind it.
   */
  write(entries: readonly AuditEntry[]): void | Promise<void>;
  /** Called once, when nothing more comes. */
  close?(): void | Promise<void>;
  /** Takes what would be lost when the process ends, told by `pending`. */
  atExit?(pending: () => readonly AuditEntry[]): void;
}
