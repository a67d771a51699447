import { Socket } from "node:net";
import { redisStore } from "slipway/redis";
import { afterAll, expect, test } from "vitest";
import { clientOf } from "../stores/redis-clients.ts";
import { RedisServer, stopAll } from "../stores/redis-servers.ts";

afterAll(stopAll);

/** How often this process writes to a port while `work` is done. */
async function writesTo(port: number, work: () => Promise<unknown>): Promise<number> {
  const { _write, _writev } = Socket.prototype;
  let count = 0;
  const counted = <T extends (...args: never[]) => unknown>(method: T) =>
    function (this: Socket, ...args: Parameters<T>) {
      if (this.remotePort === port) count++;
      return Reflect.apply(method, this, args);
    };
  Socket.prototype._write = counted(_write);
  Socket.prototype._writev = counted(_writev as NonNullable<typeof _writev>);
  try {
    await work();
    return count;
  } finally {
    Object.assign(Socket.prototype, { _write, _writev });
  }
}

test.each(["ioredis", "redis"] as const)(
  "%s: what is asked for in one turn is one write",
  async (library) => {
    const server = await RedisServer.start();
    const store = redisStore(clientOf(library, server.url));
    await store.ready();
    const look = () => store.sessions.get("nobody's");
    await look();
    expect(await writesTo(server.port, () => Promise.all(Array.from({ length: 20 }, look)))).toBe(1);
    expect(await writesTo(server.port, look)).toBe(1);
    await store.close();
  },
);
