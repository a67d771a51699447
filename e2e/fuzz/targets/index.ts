import type { Target } from "../target.ts";
import { continuations, sessions } from "./conversations.ts";
import { base64, cursors, eventIds, headerValues } from "./encodings.ts";
import { httpSse } from "./http-sse.ts";
import { jsonRpc } from "./json-rpc.ts";
import { jsonSchemas } from "./json-schemas.ts";
import { messages } from "./messages.ts";
import { sealed } from "./sealed.ts";
import { sockets } from "./sockets.ts";
import { stdio } from "./stdio.ts";
import { uriTemplates } from "./uri-templates.ts";

/** All that is fuzzed. Whose cases are of what type only the target itself need know. */
export const TARGETS = [
  messages,
  sessions,
  continuations,
  stdio,
  httpSse,
  sockets,
  jsonRpc,
  jsonSchemas,
  sealed,
  uriTemplates,
  base64,
  cursors,
  eventIds,
  headerValues,
] as unknown as readonly Target<never>[];

export function targetOf(name: string): Target<never> {
  const target = TARGETS.find((each) => each.name === name);
  if (target === undefined) {
    throw new Error(`There is no target "${name}", but ${TARGETS.map((each) => each.name).join(", ")}.`);
  }
  return target;
}
