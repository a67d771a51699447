import { serveWithTokens } from "../slipway-jwt/serve.ts";

// As for clients of which each sends another token.
await serveWithTokens({ maxCachedTokens: 0 });
