import type { Arrivals } from "./arrivals.ts";

/** A question to the user, as a client receives it. */
export interface Question {
  readonly message: string;
  readonly requestedSchema?: unknown;
  /** Fires when the server takes the question back. */
  readonly withdrawn: AbortSignal;
}

export type Answer =
  | { action: "accept"; content: { [field: string]: string | number | boolean | string[] } }
  | { action: "decline" | "cancel" };

export interface Notice {
  readonly method: string;
  readonly params?: { readonly uri?: string } | undefined;
}

export interface Progress {
  readonly progress: number;
  readonly total?: number | undefined;
  readonly message?: string | undefined;
}

export interface CallOptions {
  onProgress?: (progress: Progress) => void;
  signal?: AbortSignal;
}

export interface ToolResult {
  readonly content: readonly { readonly type: string; readonly text?: string; readonly resource?: unknown }[];
  readonly structuredContent?: unknown;
  readonly isError?: boolean;
}

export interface Reference {
  readonly ref: { type: "ref/prompt"; name: string } | { type: "ref/resource"; uri: string };
  readonly argument: { name: string; value: string };
  readonly context?: { arguments: { [name: string]: string } };
}

/** A client of the official SDK, of whatever generation, that is connected to a server. */
export interface Peer {
  readonly protocolVersion: string | undefined;
  readonly serverName: string | undefined;
  /** What the server says out of turn. */
  readonly notices: Arrivals<Notice>;
  /** Answers the questions to the user from now on. */
  answer: (question: Question) => Answer | Promise<Answer>;

  listTools(): Promise<{ name: string; inputSchema: object }[]>;
  listResources(): Promise<{ uri: string; name: string }[]>;
  listTemplates(): Promise<{ uriTemplate: string }[]>;
  listPrompts(): Promise<{ name: string; arguments?: { name: string; required?: boolean }[] }[]>;
  call(name: string, args: { [name: string]: unknown }, options?: CallOptions): Promise<ToolResult>;
  read(uri: string): Promise<{ uri: string; mimeType?: string; text?: string }[]>;
  prompt(name: string, args: { [name: string]: string }): Promise<{ role: string; content: unknown }[]>;
  complete(reference: Reference): Promise<{ values: string[]; hasMore?: boolean; total?: number }>;

  /** Asks to be told of changes of the tool list and of these resources, and of others no more. */
  watch(uris: readonly string[]): Promise<void>;
  close(): Promise<void>;
}
