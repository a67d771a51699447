import { parseArgs } from "node:util";
import { Redis } from "ioredis";
import { jwt } from "slipway/auth";
import { memoryStore } from "slipway/memory";
import { serve } from "slipway/node";
import { redisStore } from "slipway/redis";
import { notesIn } from "./notes.ts";
import { createServer } from "./server.ts";

const { values } = parseArgs({
  options: {
    // Once for each tenant: acme=https://login.acme.example
    tenant: { type: "string", multiple: true, default: [] },
    // The address of the endpoint as clients know it. Default: where it listens.
    audience: { type: "string" },
    store: { type: "string", default: "memory" },
    folder: { type: "string", default: "data" },
    port: { type: "string", default: "3000" },
  },
});

const issuers = values.tenant.map((given) => {
  const at = given.indexOf("=");
  if (at > 0) return { tenant: given.slice(0, at), issuer: given.slice(at + 1) };
  throw new Error(
    `--tenant must be a name and its issuer, such as acme=https://login.acme.example, got "${given}".`,
  );
});
if (issuers.length === 0)
  throw new Error("Name at least one tenant: --tenant acme=https://login.acme.example");

const redis = values.store === "memory" ? undefined : new Redis(values.store);
const store = redis === undefined ? memoryStore() : redisStore(redis);
const notes = notesIn(values.folder);
const secret = process.env["SECRET"];

const running = await serve(createServer(notes), {
  port: Number(values.port),
  store,
  auth: jwt({
    issuer: issuers,
    audience: values.audience ?? `http://127.0.0.1:${values.port}/mcp`,
    impliedScopes: { "notes:write": ["notes:read"] },
  }),
  // Machines that share the work need the same secret.
  ...(secret !== undefined && { requestState: { secrets: [secret] } }),
});
console.log(`Serving ${issuers.length} tenants at ${running.url}`);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, async () => {
    await running.close();
    await notes.close();
    await store.close();
    await redis?.quit();
  });
}
