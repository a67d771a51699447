// A program that uses a store and does not close it: <library> <url>
import { RedisClientRequestAdapter, RedisSessionAdapter, redisStore } from "slipway/redis";
import { clientOf, type Library } from "./redis-clients.ts";

const [library = "", url = ""] = process.argv.slice(2);
const client = () => clientOf(library as Library, url);
const store = redisStore(client());
await store.bus.subscribe(
  () => {},
  () => {},
);
const sessions = new RedisSessionAdapter(client());
const id = sessions.generateSessionId();
await sessions.create(id, { protocolVersion: "x" });
const clientRequests = new RedisClientRequestAdapter(client());
await clientRequests.createPending(id, "question").ready;
console.log("done");
