import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** Finds the round trips in what one connection sends. */
export interface Tap {
  /** Takes the next bytes, and gives the names of the round trips that they begin. */
  read(bytes: Buffer): readonly string[];
}

/** Stands in front of a server, passes bytes on, and writes down what all clients ask of the server. */
export class TappingProxy {
  readonly port: number;
  /** Every round trip since the beginning, by name. */
  readonly trips: string[] = [];
  readonly #server: Server;
  readonly #open = new Set<Socket>();

  /** @param makeTap makes one for each connection */
  static async inFrontOf(port: number, makeTap: () => Tap): Promise<TappingProxy> {
    const server = createServer({ noDelay: true }).listen(0, "127.0.0.1");
    await once(server, "listening");
    return new TappingProxy(server, port, makeTap);
  }

  private constructor(server: Server, target: number, makeTap: () => Tap) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on("connection", (client) => {
      const upstream = connect({ port: target, host: "127.0.0.1", noDelay: true });
      const tap = makeTap();
      client.on("data", (bytes: Buffer) => void this.trips.push(...tap.read(bytes)));
      client.pipe(upstream);
      upstream.pipe(client);
      for (const [socket, other] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        this.#open.add(socket);
        socket.on("error", () => {});
        socket.on("close", () => {
          this.#open.delete(socket);
          other.destroy();
        });
      }
    });
  }

  async close(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}
