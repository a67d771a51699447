// For `node --import`: a program that listens on a port of its own choice gets any free one instead.
import { type ListenOptions, Server } from "node:net";

const { listen } = Server.prototype;
Server.prototype.listen = function (this: Server, port: number | ListenOptions, ...rest: unknown[]) {
  return Reflect.apply(listen, this, [typeof port === "number" ? 0 : port, ...rest]);
} as typeof listen;
