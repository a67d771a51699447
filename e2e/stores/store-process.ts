// A program that does with a store what its parent says, through the channel between them.
import { Pool } from "pg";
import type { Store } from "slipway";
import { postgresStore } from "slipway/postgres";
import { sqliteStore } from "slipway/sqlite";
import { serveStore } from "./serve-store.ts";

const [, , kind = "", place = "", settings = "{}"] = process.argv;
const options = JSON.parse(settings);
const store: Store =
  kind === "sqlite"
    ? sqliteStore(place, options)
    : postgresStore(new Pool({ connectionString: place, max: 4 }), options);

process.on(
  "message",
  serveStore(store, (message) => process.send?.(message)),
);
process.on("disconnect", () => process.exit());

await store.ready();
process.send?.({ instanceId: store.bus.instanceId, deadAfterMs: store.bus.deadAfterMs });
