import type { Requirement } from "../types.ts";

const page = "https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/caching";

export const caching: readonly Requirement[] = [
  {
    id: "2026-07-28/caching/hints",
    level: "MUST",
    text: "Complete results of server/discover, the four lists and resources/read have `ttlMs` and `cacheScope`.",
    place: `${page}#cacheable-results`,
    check:
      'Each of the six operations, with a static registry, a provider and every page → an integer ttlMs and cacheScope "public" or "private".',
  },
  {
    id: "2026-07-28/caching/no-hints-on-input-required",
    level: "MUST",
    implied: true,
    text: "An input required result has no caching hints.",
    place: `${page}#cacheable-results`,
    check: "A resource that elicits → its input_required result has neither ttlMs nor cacheScope.",
  },
  {
    id: "2026-07-28/caching/retries-not-cached",
    level: "MUST",
    text: "What a retry with input responses or state produced is not cached.",
    place: `${page}#cache-key`,
    check:
      'resources/read that completes after an elicitation → ttlMs 0 and "private"; a later plain read by anyone asks again.',
  },
  {
    id: "2026-07-28/caching/ttl-not-negative",
    level: "MUST",
    text: "`ttlMs` is 0 or more.",
    place: `${page}#time-to-live-ttl-field`,
    check: "A ttl of -1, 1.5, NaN and Infinity → refused where it is set; from a handler → 0.",
  },
  {
    id: "2026-07-28/caching/same-scope-on-all-pages",
    level: "MUST",
    text: "All pages of a list have the same `cacheScope`.",
    place: `${page}#interaction-with-pagination`,
    check:
      'A list of a public and a private provider over several pages → "private" on every page, the first included.',
  },
  {
    id: "2026-07-28/caching/public-is-shared",
    level: "MUST",
    text: 'A server knows that "public" results may be shared between callers.',
    place: `${page}#security-considerations`,
    check:
      'By default "private" for reads, and for lists that a principal filters; "public" only where it was said or where the list is the same for all.',
  },
  {
    id: "2026-07-28/caching/access-controlled",
    level: "MUST",
    text: "Access controls apply to each primitive.",
    place: `${page}#security-considerations`,
    check:
      "A hidden tool, prompt and resource: a caller who learnt the name from a cached public list → unknown.",
  },
  {
    id: "2026-07-28/caching/scope-is-no-protection",
    level: "MUST",
    text: "`cacheScope` alone is not relied upon against unauthorized access.",
    place: `${page}#security-considerations`,
    check:
      'The same request by two principals with different rights, the list marked "public" by mistake → calls and reads are still refused to the one without rights.',
  },
  {
    id: "2026-07-28/caching/private-not-shared",
    level: "MUST",
    text: 'A cache of "private" results is not shared between authorization contexts.',
    place: `${page}#cache-scope-field`,
    check:
      "The server's own cache of encoded lists, and a mounted or upstream server's cached results: two principals with different rights → each sees its own list, in either order of asking.",
  },
];
