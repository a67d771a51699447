import type { Requirement } from "../types.ts";

const page = "https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/logging";

export const logging: readonly Requirement[] = [
  {
    id: "2026-07-28/logging/capability-declared",
    level: "MUST",
    text: "A server that emits log messages declares the `logging` capability.",
    place: `${page}#capabilities`,
    check: "Every server declares it, and what ctx.log sends reaches the client.",
  },
  {
    id: "2026-07-28/logging/invalid-level",
    level: "SHOULD",
    text: "An invalid log level is answered with -32602.",
    place: `${page}#error-handling`,
    check:
      'logging/setLevel, or _meta logLevel, with "verbose", "INFO", 7 and null → -32602, and the handler does not run.',
  },
  {
    id: "2026-07-28/logging/internal-error",
    level: "SHOULD",
    text: "A configuration or internal error is answered with -32603.",
    place: `${page}#error-handling`,
    check:
      "A store that fails while the level is set (2025-11-25), a logger that throws (2026-07-28) → -32603, or no effect on the call where it is not the cause.",
  },
  {
    id: "2026-07-28/logging/only-when-asked",
    level: "MUST",
    text: "No log message is sent for a request without a log level.",
    place: `${page}#per-request-log-level`,
    check:
      "A handler that logs at every level, request without logLevel, after one with it on the same connection → no notifications/message.",
  },
  {
    id: "2026-07-28/logging/at-or-above-level",
    level: "MUST",
    implied: true,
    text: "Log messages are sent at or above the requested level only.",
    place: `${page}#per-request-log-level`,
    check:
      "For each of the eight levels: one message of each level → exactly those at or above, before the response.",
  },
  {
    id: "2026-07-28/logging/on-own-stream-only",
    level: "MUST",
    text: "Log messages are sent only on the stream of the request that set the level.",
    place: `${page}#per-request-log-level`,
    check:
      "Two calls with a level and a listen are open; one call logs → only on its own stream; after its response → nowhere.",
  },
  {
    id: "2026-07-28/logging/rate-limited",
    level: "SHOULD",
    text: "Log messages are limited in rate.",
    place: `${page}#implementation-considerations`,
    check:
      "A handler that logs 10,000 times in a loop → at most the bound, and one message that tells how many were left out.",
  },
  {
    id: "2026-07-28/logging/context-in-data",
    level: "SHOULD",
    text: "The data of a log message includes relevant context.",
    place: `${page}#implementation-considerations`,
    bindsAuthor: true,
    reason:
      "What is relevant to a message only the code that logs it knows; the runtime passes data of any shape.",
  },
  {
    id: "2026-07-28/logging/consistent-logger-names",
    level: "SHOULD",
    text: "Names of loggers are consistent.",
    place: `${page}#implementation-considerations`,
    check:
      "ctx.log without a name in tools, prompts and resources → a message without one each time, as documented; a given name is kept.",
  },
  {
    id: "2026-07-28/logging/sensitive-removed",
    level: "SHOULD",
    text: "Sensitive information is removed from log messages.",
    place: `${page}#implementation-considerations`,
    check:
      "Data with keys such as password, authorization, cookie and apiKey at any depth → the values are redacted before they leave.",
  },
  {
    id: "2026-07-28/logging/no-credentials",
    level: "MUST",
    text: "Log messages contain no credentials or secrets.",
    place: `${page}#security`,
    check:
      "A handler that logs the request's bearer token, cookie or a sealed state, in data and in text → none of them reaches the client.",
  },
  {
    id: "2026-07-28/logging/no-personal-information",
    level: "MUST",
    text: "Log messages contain no personal identifying information.",
    place: `${page}#security`,
    bindsAuthor: true,
    reason:
      "Which text identifies a person cannot be told from its shape; a redaction hook is offered and its use is the author's.",
  },
  {
    id: "2026-07-28/logging/no-internal-details",
    level: "MUST",
    text: "Log messages contain no internal details that could aid attacks.",
    place: `${page}#security`,
    check:
      "Messages that the runtime itself sends for a failed handler, a failed store and a refused state → no stack, path, host, key or query; an Error as data is sent without its stack.",
  },
  {
    id: "2026-07-28/logging/data-validated",
    level: "SHOULD",
    text: "The data of log messages is validated.",
    place: `${page}#security`,
    check:
      "Data with a cycle, a BigInt, a function, undefined, a getter that throws and 10 MB → a valid message or none, and the call goes on.",
  },
  {
    id: "2026-07-28/logging/access-controlled",
    level: "SHOULD",
    text: "Access to logs is controlled.",
    place: `${page}#security`,
    check: "Two principals, calls that log → each receives its own messages only.",
  },
  {
    id: "2026-07-28/logging/sensitive-content-monitored",
    level: "SHOULD",
    text: "Log messages are monitored for sensitive content.",
    place: `${page}#security`,
    check:
      "A redaction hook sees every message before it leaves, can change and drop it, and each redaction is counted.",
  },
];
