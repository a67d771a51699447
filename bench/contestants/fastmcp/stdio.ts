import { addServer } from "./server.ts";

await addServer().start({ transportType: "stdio" });
