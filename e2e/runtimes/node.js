import { serve } from "slipway/node";
import { createServer } from "./server.js";

const limits = { maxBodyBytes: 100_000, maxBufferedBytes: 100_000, keepAliveMs: 200 };
const { port } = await serve(createServer(), { port: 0, ...limits });
console.log(`listening on ${port}`);
