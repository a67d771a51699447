export { type ListenerOptions, nodeListener } from "./listener.ts";
export { type RunningServer, type ServeOptions, serve } from "./serve.ts";
