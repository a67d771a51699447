import { authorization } from "./2026-07-28/authorization.ts";
import { base } from "./2026-07-28/base.ts";
import { caching } from "./2026-07-28/caching.ts";
import { cancellation } from "./2026-07-28/cancellation.ts";
import { completion } from "./2026-07-28/completion.ts";
import { elicitation } from "./2026-07-28/elicitation.ts";
import { headers } from "./2026-07-28/headers.ts";
import { http } from "./2026-07-28/http.ts";
import { jsonSchema } from "./2026-07-28/json-schema.ts";
import { logging } from "./2026-07-28/logging.ts";
import { meta } from "./2026-07-28/meta.ts";
import { mrtr } from "./2026-07-28/mrtr.ts";
import { overall } from "./2026-07-28/overall.ts";
import { pagination } from "./2026-07-28/pagination.ts";
import { progress } from "./2026-07-28/progress.ts";
import { prompts } from "./2026-07-28/prompts.ts";
import { resources } from "./2026-07-28/resources.ts";
import { roots } from "./2026-07-28/roots.ts";
import { sampling } from "./2026-07-28/sampling.ts";
import { stdio } from "./2026-07-28/stdio.ts";
import { subscriptions } from "./2026-07-28/subscriptions.ts";
import { tools } from "./2026-07-28/tools.ts";
import { transports } from "./2026-07-28/transports.ts";
import { versioning } from "./2026-07-28/versioning.ts";
import type { Requirement } from "./types.ts";

/** What revision 2026-07-28 requires of a server and its transports, in the order of the specification's pages. */
export const requirements: readonly Requirement[] = [
  ...base,
  ...jsonSchema,
  ...meta,
  ...versioning,
  ...mrtr,
  ...subscriptions,
  ...progress,
  ...cancellation,
  ...transports,
  ...stdio,
  ...http,
  ...headers,
  ...resources,
  ...prompts,
  ...tools,
  ...completion,
  ...logging,
  ...pagination,
  ...caching,
  ...elicitation,
  ...sampling,
  ...roots,
  ...authorization,
  ...overall,
];
