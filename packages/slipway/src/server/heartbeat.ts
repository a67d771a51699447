import { type ClientRequestAdapter, ClientRequestTimeoutError } from "../ports/index.ts";
import type { JsonRpcMessage } from "../protocol/jsonrpc.ts";
import { randomId } from "./random-id.ts";

/** How clients are asked whether they are still there. */
export interface PingSettings {
  /** How long a client may say nothing before it is asked, in milliseconds. 0: it is never asked. */
  readonly intervalMs: number;
  /** How long it may take to answer, in milliseconds. */
  readonly timeoutMs: number;
}

export interface HeartbeatInit {
  readonly settings: PingSettings;
  readonly clientRequests: ClientRequestAdapter;
  readonly channel: string;
  /** Sends the question; `false` where there is no way to the client now, which is no failure. */
  readonly send: (ping: JsonRpcMessage) => boolean;
  /** Called once, when the client neither answered nor said anything else in time. */
  readonly failed: (error: Error) => void;
}

/**
 * Asks a silent client now and then whether it is still there.
 * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/ping
 */
export class Heartbeat {
  readonly #init: HeartbeatInit;
  #heard = performance.now();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  constructor(init: HeartbeatInit) {
    this.#init = init;
    this.#wait(init.settings.intervalMs);
  }

  /** The client has said something. */
  heard(): void {
    this.#heard = performance.now();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #wait(ms: number): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => void this.#beat(), ms);
    (this.#timer as { unref?: () => void }).unref?.();
  }

  async #beat(): Promise<void> {
    const { intervalMs } = this.#init.settings;
    const silent = performance.now() - this.#heard;
    if (silent < intervalMs) {
      this.#wait(intervalMs - silent);
      return;
    }
    const lost = await this.#ping();
    if (this.#stopped) return;
    if (lost === undefined) {
      this.#wait(intervalMs);
      return;
    }
    this.stop();
    this.#init.failed(lost);
  }

  /** What is wrong, where the client seems to have gone. */
  async #ping(): Promise<Error | undefined> {
    const { clientRequests, channel, send, settings } = this.#init;
    const { timeoutMs } = settings;
    const asked = performance.now();
    const id = randomId();
    const { promise, ready } = clientRequests.createPending(channel, id, { timeoutMs });
    promise.catch(() => {});
    try {
      await ready;
      if (send({ jsonrpc: "2.0", id, method: "ping" })) await promise;
      else await clientRequests.rejectPending(channel, id, new Error("There is no way to the client."));
    } catch (error) {
      // A store that fails says nothing about the client.
      if (!(error instanceof ClientRequestTimeoutError) || this.#heard > asked) return undefined;
      return new ClientRequestTimeoutError(`The client did not answer a ping within ${timeoutMs} ms.`, {
        cause: error,
      });
    }
    return undefined;
  }
}
