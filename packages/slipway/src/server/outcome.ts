import type { Ask, TaskState } from "../protocol/eras/index.ts";
import type { RpcError } from "../protocol/errors.ts";
import type { CacheHints } from "../protocol/types.ts";

/** Which change notifications a client wants. */
export interface SubscriptionFilter {
  readonly toolsListChanged?: boolean;
  readonly promptsListChanged?: boolean;
  readonly resourcesListChanged?: boolean;
  readonly resourceSubscriptions?: readonly string[];
  readonly taskIds?: readonly string[];
}

/** How a call ends, before any revision's encoding. */
export type Outcome =
  | { readonly kind: "complete"; readonly result: object; readonly cache?: CacheHints }
  /** A result that is JSON text already, final for the call's revision. */
  | { readonly kind: "encoded"; readonly json: EncodedJson }
  | { readonly kind: "input_required"; readonly asks: ReadonlyMap<string, Ask>; readonly state: string }
  /** What is told of a task: that the call has become one (`created`), or how it is. */
  | { readonly kind: "task"; readonly task: TaskState; readonly created: boolean }
  /** The response is a stream of change notifications. */
  | { readonly kind: "listen"; readonly filter: SubscriptionFilter }
  | { readonly kind: "error"; readonly error: RpcError };

/** JSON text that is sent many times; its bytes are made when first needed. */
export class EncodedJson {
  readonly text: string;
  #bytes: Uint8Array<ArrayBuffer> | undefined;

  constructor(text: string) {
    this.text = text;
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    this.#bytes ??= new TextEncoder().encode(this.text);
    return this.#bytes;
  }
}
