import { serve } from "slipway/node";
import { port, ready } from "../shared/process.ts";
import { addServer } from "./server.ts";
import { openStore } from "./store.ts";

await serve(addServer(), { port, store: await openStore() });
ready();
