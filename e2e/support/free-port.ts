import { once } from "node:events";
import { createServer } from "node:net";

/** Below the ports that systems give to outgoing connections, so that none takes it before its server does. */
const LOWEST = 12_000;
/** A node of a Redis Cluster also takes the port 10,000 above its own, which nobody is given here. */
const HIGHEST = 22_000;

/** A port for a server that starts soon, and may start at it again. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (await isFree(port)) return port;
  }
  throw new Error(`Found no free port from ${LOWEST} to ${HIGHEST}.`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === "EADDRINUSE") return false;
    throw error;
  } finally {
    server.close();
  }
}
