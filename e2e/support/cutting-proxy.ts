import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** Stands in front of a server, passes bytes on, and breaks connections when it is told to. */
export class CuttingProxy {
  /** Where clients find the server through it. */
  readonly url: URL;
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  #target: URL;
  #away = false;
  #sent = "";

  static async inFrontOf(target: URL): Promise<CuttingProxy> {
    const server = createServer({ noDelay: true }).listen(0, "127.0.0.1");
    await once(server, "listening");
    return new CuttingProxy(server, target);
  }

  private constructor(server: Server, target: URL) {
    this.#server = server;
    this.#target = target;
    this.url = new URL(target);
    this.url.port = String((server.address() as AddressInfo).port);
    server.on("connection", (client) => this.#join(client));
  }

  /** All that clients have sent. */
  get sent(): string {
    return this.#sent;
  }

  #join(client: Socket): void {
    if (this.#away) {
      client.resetAndDestroy();
      return;
    }
    const server = connect({ port: Number(this.#target.port), host: "127.0.0.1", noDelay: true });
    client.on("data", (bytes) => {
      this.#sent += bytes.toString("latin1");
    });
    client.pipe(server);
    server.pipe(client);
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#open.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        this.#open.delete(socket);
        other.destroy();
      });
    }
  }

  /** Breaks every open connection. */
  cut(): void {
    for (const socket of this.#open) socket.resetAndDestroy();
  }

  /** Breaks every open connection and lets no new one through until {@link comeBack}. */
  goAway(): void {
    this.#away = true;
    this.cut();
  }

  comeBack(): void {
    this.#away = false;
  }

  /** Breaks every open connection; new ones reach another server, as after a restart. */
  moveTo(target: URL): void {
    this.#target = target;
    this.cut();
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, "close");
  }
}
