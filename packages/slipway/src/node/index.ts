export type { ClosingOptions } from "./closing.ts";
export type { EndpointHandler } from "./endpoints.ts";
export type { ServeHealthOptions } from "./health.ts";
export { type ListenerOptions, nodeListener } from "./listener.ts";
export { type RunningServer, type ServeOptions, serve } from "./serve.ts";
export { onSignals } from "./signals.ts";
