import { serveWithTokens } from "./serve.ts";

await serveWithTokens();
