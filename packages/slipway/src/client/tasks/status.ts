import type { JsonRpcErrorObject } from "../../protocol/jsonrpc.ts";

/**
 * How a task is. Revisions name the times differently; here they have the names of the newest one.
 * @see https://modelcontextprotocol.io/seps/2663-tasks-extension
 */
export interface TaskStatus {
  readonly taskId: string;
  readonly status: "working" | "input_required" | "completed" | "failed" | "cancelled";
  readonly statusMessage?: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly lastUpdatedAt: string;
  /** How long the server keeps it from its beginning on, in milliseconds; null: without end. */
  readonly ttlMs: number | null;
  readonly pollIntervalMs?: number;
}

/** With what the extension puts beside the status. */
export interface DetailedTask extends TaskStatus {
  readonly inputRequests?: unknown;
  readonly result?: unknown;
  readonly error?: JsonRpcErrorObject;
}

export function isTerminal({ status }: TaskStatus): boolean {
  return status === "completed" || status === "failed" || status === "cancelled";
}
