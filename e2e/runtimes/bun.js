import { createHandler } from "./server.js";

const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: createHandler({ sessions: true }) });
console.log(`listening on ${server.port}`);
