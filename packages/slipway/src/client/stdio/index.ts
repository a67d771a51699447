export { StdioTransport, type StdioTransportOptions } from "./transport.ts";
