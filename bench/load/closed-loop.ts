import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { withPatience } from "./patience.ts";

interface Lane {
  readonly socket: Socket;
  /** Bytes of the response that are still to come. */
  missing: number;
}

/** Connections that are kept, on each of which the next request is sent when the last one was answered. */
export class ClosedLoop {
  readonly #lanes: Lane[] = [];
  readonly #request: Buffer;
  readonly #responseBytes: number;
  #until = 0;
  #answered = 0;
  #open = 0;
  #lost: Error | undefined;
  #done: (() => void) | undefined;
  #failed: ((error: Error) => void) | undefined;

  private constructor(wire: string, responseBytes: number) {
    this.#request = Buffer.from(wire);
    this.#responseBytes = responseBytes;
  }

  /** @param responseBytes what each response takes on the wire */
  static async open(
    port: number,
    connections: number,
    wire: string,
    responseBytes: number,
  ): Promise<ClosedLoop> {
    const loop = new ClosedLoop(wire, responseBytes);
    for (let left = connections; left > 0; left--) await loop.#connect(port);
    return loop;
  }

  async #connect(port: number): Promise<void> {
    const onread = {
      buffer: Buffer.allocUnsafeSlow(64 * 1024),
      callback: (count: number, bytes: Uint8Array): boolean => {
        this.#take(lane, count, bytes);
        return true;
      },
    };
    const socket = connect({ port, host: "127.0.0.1", noDelay: true, onread });
    const lane: Lane = { socket, missing: 0 };
    this.#lanes.push(lane);
    await once(socket, "connect");
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () => this.#fail(new Error("The server closed the connection.")));
  }

  /**
   * Sends requests for so long, and waits for the last responses.
   * @throws when one is wrong, or a connection is lost
   */
  async run(seconds: number): Promise<{ readonly requests: number; readonly seconds: number }> {
    if (this.#lost !== undefined) throw this.#lost;
    this.#answered = 0;
    const began = performance.now();
    this.#until = began + seconds * 1000;
    const done = new Promise<void>((resolve, reject) => {
      this.#done = resolve;
      this.#failed = reject;
    });
    for (const lane of this.#lanes) this.#send(lane);
    await withPatience(done, seconds * 1000);
    return { requests: this.#answered, seconds: (performance.now() - began) / 1000 };
  }

  #fail(error: Error): void {
    this.#lost ??= error;
    this.#failed?.(error);
  }

  #send(lane: Lane): void {
    this.#open++;
    lane.missing = this.#responseBytes;
    lane.socket.write(this.#request);
  }

  #take(lane: Lane, count: number, bytes: Uint8Array): void {
    // "HTTP/1.1 200 OK"
    if (lane.missing === this.#responseBytes && bytes[9] !== 0x32) {
      this.#fail(new Error(`Expected status 200, got ${Buffer.from(bytes.subarray(0, 400)).toString()}`));
      return;
    }
    lane.missing -= count;
    if (lane.missing > 0) return;
    if (lane.missing < 0) {
      this.#fail(new Error(`Expected responses of ${this.#responseBytes} bytes; one is longer.`));
      return;
    }
    this.#answered++;
    this.#open--;
    if (performance.now() < this.#until) this.#send(lane);
    else if (this.#open === 0) this.#done?.();
  }

  close(): void {
    this.#failed = undefined;
    for (const { socket } of this.#lanes) socket.destroy();
  }
}
