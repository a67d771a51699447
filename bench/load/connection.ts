import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { ResponseReader } from "./response-reader.ts";

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** What the response took on the wire, in bytes. */
  readonly bytes: number;
}

interface Waiting {
  readonly reader: ResponseReader;
  readonly resolve: (response: HttpResponse) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A kept connection to a server, with as little as possible between its bytes and the caller: load
 * generators must cost less than the servers that they measure. One request at a time.
 */
export class Connection {
  readonly #socket: Socket;
  #waiting: Waiting | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () => this.#fail(new Error("The server closed the connection.")));
  }

  static async open(port: number): Promise<Connection> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    return new Connection(socket);
  }

  /** @param onText gets the body piece by piece, while it comes */
  send(wire: string, onText?: (text: string) => void): Promise<HttpResponse> {
    if (this.#waiting !== undefined) throw new Error("The connection is waiting for a response already.");
    if (this.#socket.destroyed) throw new Error("The connection is closed.");
    return new Promise((resolve, reject) => {
      this.#waiting = { reader: new ResponseReader(onText), resolve, reject };
      this.#socket.write(wire);
    });
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    const response = waiting.reader.read(chunk);
    if (response === undefined) return;
    this.#waiting = undefined;
    waiting.resolve(response);
  }

  #fail(error: Error): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.reject(error);
  }
}
