import { perHour, perMinute, perSecond, type Rate } from "../../limits/rate.ts";
import type { ServeHealthOptions } from "../../node/index.ts";
import type { Observing } from "../../observe/index.ts";
import type { Authentication, Store } from "../../ports/index.ts";
import type { Limits } from "../../server/index.ts";
import { duration, either, flag, integer, type Kind, list, made, oneOf, options, text } from "./kinds.ts";

const RATES = new Map([
  ["s", perSecond],
  ["m", perMinute],
  ["h", perHour],
]);

const rate: Kind<Rate> = {
  expects: "how many in what time, such as 120/m (s, m or h)",
  fromText(given) {
    const [, count = "", unit = ""] = /^([1-9]\d{0,8})\/([smh])$/.exec(given) ?? [];
    return RATES.get(unit)?.(Number(count));
  },
  fromValue: (value) => (typeof value === "string" ? rate.fromText(value) : undefined),
};

const workers: Kind<number | "auto"> = either(integer(1, 1024), oneOf("auto"));

/** Where a server listens, and what it keeps its state in. */
const ADDRESS_SETTINGS = {
  port: {
    kind: integer(0, 65_535),
    value: "PORT",
    default: "3000",
    env: "PORT",
    help: "the port to listen on; 0: any free one",
  },
  host: {
    kind: text,
    value: "HOST",
    default: "127.0.0.1",
    help: "the address to listen on; 0.0.0.0: reachable from everywhere",
  },
  path: { kind: text, value: "PATH", default: "/mcp", help: "where the MCP endpoint is" },
  store: {
    kind: either(text, made<Store>("a store", "ready")),
    value: "STORE",
    default: "memory",
    help: "where state is kept: memory, sqlite:FILE, redis://… or postgres://…",
  },
} as const;

/** Who is let in. */
export const AUTH_SETTINGS = {
  auth: {
    kind: either(
      oneOf("none", "jwt", "introspection", "keys"),
      made<Authentication>("an object of slipway/auth", "authenticate"),
    ),
    value: "KIND",
    default: "none",
    help: "how callers are known: none, jwt, introspection, or keys",
  },
  authIssuer: { kind: list, value: "URL", help: "who issues tokens" },
  authAudience: {
    kind: list,
    value: "URL",
    help: "whom tokens must be meant for: the address of this endpoint as clients know it",
  },
  authJwks: {
    kind: text,
    value: "URL",
    help: "where the issuer's keys are (default: found through its metadata)",
  },
  authClientId: {
    kind: text,
    value: "ID",
    help: "what this server is to the authorization server, for introspection",
  },
  authClientSecret: { kind: text, secret: true, help: "the secret that belongs to authClientId" },
  authKeys: {
    kind: text,
    value: "FILE",
    help: "the API keys: a JSON list of { hash, subject, tenant, scopes, expiresAt }",
  },
  authScopes: { kind: list, value: "SCOPE", help: "scopes that every request needs" },
} as const;

/** What is told of what happens. */
export const OBSERVE_SETTINGS = {
  log: {
    kind: oneOf("off", "json", "pretty"),
    value: "off|json|pretty",
    default: "off",
    help: "a line for each call, on stderr: json (by pino) or pretty",
  },
  logLevel: {
    kind: oneOf("debug", "info", "warn", "error"),
    value: "LEVEL",
    default: "info",
    help: "the least level that is logged",
  },
  metricsPort: {
    kind: integer(0, 65_535),
    value: "PORT",
    help: "serve metrics for Prometheus at this port; further workers at those that follow",
  },
  metricsHost: { kind: text, value: "HOST", default: "127.0.0.1", help: "the address of that port" },
  traces: {
    kind: flag,
    default: "false",
    help: "trace calls by the OpenTelemetry SDK that node --import has loaded",
  },
  audit: { kind: text, value: "FILE", help: "a line for each call, none of which is dropped in silence" },
  observe: {
    kind: made<Observing>("an object of slipway/observe", "happened"),
    made: true,
    help: "made by observe() of slipway/observe",
  },
} as const;

/** Everything that `slipway serve` can be told. */
export const SERVE_SETTINGS = {
  ...ADDRESS_SETTINGS,
  stateless: { kind: flag, default: "false", help: "no sessions: every request stands alone" },
  stateSecrets: {
    kind: list,
    secret: true,
    help: "secrets that suspended calls are sealed with, the newest first",
  },
  ...AUTH_SETTINGS,
  workers: {
    kind: workers,
    value: "N",
    default: "1",
    help: "how many processes serve; auto: one for each processor",
  },
  grace: {
    kind: duration,
    value: "DURATION",
    default: "10s",
    help: "how long running calls may take to end on SIGTERM",
  },
  drainDelay: {
    kind: duration,
    value: "DURATION",
    default: "0s",
    help: "how long to serve on while /ready says that it drains, for load balancers to notice",
  },
  health: {
    kind: options<ServeHealthOptions>(
      "options as serve() of slipway/node takes for health, such as { checks }",
    ),
    made: true,
    help: "what /ready looks at besides the store",
  },
  ...OBSERVE_SETTINGS,
  allowedHosts: { kind: list, value: "NAME", help: "names that the Host header may have; *: all" },
  allowedOrigins: { kind: list, value: "URL", help: "origins of web pages that may call the server; *: all" },
  httpSse: { kind: flag, default: "false", help: "also serve HTTP+SSE, for clients of the first revision" },
  limits: {
    kind: made<Limits>("an object of slipway/limits", "serve"),
    made: true,
    help: "made by limits() of slipway/limits",
  },
  rate: { kind: rate, value: "N/UNIT", help: "how often a caller may ask, such as 120/m" },
  addressRate: { kind: rate, value: "N/UNIT", help: "how often an address may ask, such as 20/s" },
  callTimeout: { kind: duration, value: "DURATION", help: "how long a call may take" },
  requestTimeout: {
    kind: duration,
    value: "DURATION",
    default: "60s",
    help: "how long a request may take to arrive",
  },
  maxBodyBytes: { kind: integer(1), value: "BYTES", default: "4194304", help: "the longest request" },
  maxCalls: { kind: integer(1), value: "N", default: "10000", help: "how many requests are served at once" },
  maxStreams: { kind: integer(1), value: "N", default: "20000", help: "how many event streams may be open" },
} as const;
