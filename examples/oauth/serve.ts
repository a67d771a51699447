import { jwt } from "slipway/auth";
import { serve } from "slipway/node";
import { startAuthorizationServer } from "./authorization-server.ts";
import { createServer, SCOPES } from "./server.ts";

const port = Number(process.env["PORT"] ?? 3000);
const issuerPort = Number(process.env["ISSUER_PORT"] ?? port + 1);

const issuer = await startAuthorizationServer(issuerPort, SCOPES);
const running = await serve(createServer(), {
  port,
  auth: jwt({
    issuer: `http://127.0.0.1:${issuerPort}`,
    audience: `http://127.0.0.1:${port}/mcp`,
    resourceName: "Notes",
    scopesSupported: SCOPES,
  }),
});
console.log(`Notes are protected at ${running.url}`);

process.once("SIGTERM", close).once("SIGINT", close);
async function close(): Promise<void> {
  await running.close();
  issuer.closeAllConnections();
  issuer.close();
}
