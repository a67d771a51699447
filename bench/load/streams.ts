import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** How many connections are opened at a time. */
const AT_A_TIME = 50;

/** Opens event streams and leaves them open; each has answered with its head. */
export async function openStreams(port: number, requests: readonly string[]): Promise<Socket[]> {
  const sockets: Socket[] = [];
  for (let start = 0; start < requests.length; start += AT_A_TIME) {
    const batch = requests.slice(start, start + AT_A_TIME);
    sockets.push(...(await Promise.all(batch.map((request) => openStream(port, request)))));
  }
  return sockets;
}

async function openStream(port: number, request: string): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1" });
  await once(socket, "connect");
  socket.write(request);
  const [head] = (await once(socket, "data")) as [Buffer];
  const text = head.toString();
  if (!text.startsWith("HTTP/1.1 200 ") || !/^content-type: text\/event-stream/im.test(text)) {
    throw new Error(`Expected an event stream, got ${text.slice(0, 500)}`);
  }
  socket.resume();
  socket.on("error", () => {});
  return socket;
}

export function closeStreams(sockets: readonly Socket[]): void {
  for (const socket of sockets) socket.destroy();
}
