export type { Body, BodyReader, ByteSink, Exchange, Headers } from "./exchange.ts";
export { notReadable, tooLarge } from "./fetch.ts";
export { HttpError, type HttpErrorOptions } from "./http-error.ts";
export type {
  HttpSseOptions,
  ServerFactory,
  StreamableHttpTransportOptions,
  TenancyOptions,
} from "./options.ts";
export { type HandlerOptions, type McpHandler, StreamableHttpTransport } from "./transport.ts";
