export { type StdioOptions, type StdioServer, serveStdio } from "./serve.ts";
