import { authorization } from "./2025-11-25/authorization.ts";
import { base } from "./2025-11-25/base.ts";
import { cancellation } from "./2025-11-25/cancellation.ts";
import { completion } from "./2025-11-25/completion.ts";
import { elicitation } from "./2025-11-25/elicitation.ts";
import { http } from "./2025-11-25/http.ts";
import { jsonSchema } from "./2025-11-25/json-schema.ts";
import { lifecycle } from "./2025-11-25/lifecycle.ts";
import { logging } from "./2025-11-25/logging.ts";
import { meta } from "./2025-11-25/meta.ts";
import { overall } from "./2025-11-25/overall.ts";
import { pagination } from "./2025-11-25/pagination.ts";
import { ping } from "./2025-11-25/ping.ts";
import { progress } from "./2025-11-25/progress.ts";
import { prompts } from "./2025-11-25/prompts.ts";
import { resources } from "./2025-11-25/resources.ts";
import { roots } from "./2025-11-25/roots.ts";
import { sampling } from "./2025-11-25/sampling.ts";
import { stdio } from "./2025-11-25/stdio.ts";
import { tools } from "./2025-11-25/tools.ts";
import { transports } from "./2025-11-25/transports.ts";
import type { Requirement } from "./types.ts";

/** What revision 2025-11-25 requires of a server and its transports, in the order of the specification's pages. */
export const requirements: readonly Requirement[] = [
  ...base,
  ...jsonSchema,
  ...meta,
  ...lifecycle,
  ...progress,
  ...cancellation,
  ...ping,
  ...transports,
  ...stdio,
  ...http,
  ...resources,
  ...prompts,
  ...tools,
  ...completion,
  ...logging,
  ...pagination,
  ...elicitation,
  ...sampling,
  ...roots,
  ...authorization,
  ...overall,
];
