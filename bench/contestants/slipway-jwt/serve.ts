import { type JwtOptions, jwt } from "slipway/auth";
import { serve } from "slipway/node";
import { port, ready } from "../shared/process.ts";
import { addServer } from "../slipway/server.ts";

/** The server of the calls, for those who have a token of the issuer that the harness made. */
export async function serveWithTokens(options: Partial<JwtOptions> = {}): Promise<void> {
  const { TOKEN_ISSUER = "", TOKEN_AUDIENCE = "", TOKEN_KEYS = "" } = process.env;
  const auth = jwt({
    issuer: TOKEN_ISSUER,
    audience: TOKEN_AUDIENCE,
    jwks: JSON.parse(TOKEN_KEYS) as { keys: object[] },
    ...options,
  });
  await serve(addServer(), { port, sessionAdapter: null, auth });
  ready();
}
