import { createHandler } from "./server.js";

const onListen = ({ port }) => console.log(`listening on ${port}`);
Deno.serve({ port: 0, hostname: "127.0.0.1", onListen }, createHandler({ sessions: true }));
