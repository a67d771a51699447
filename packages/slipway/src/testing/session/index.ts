import { callCases } from "./calls/index.ts";
import { eventCases } from "./events.ts";
import type { SessionCase } from "./helpers.ts";
import { lifecycleCases } from "./lifecycle.ts";
import { optionalCases } from "./optional.ts";
import { replayCases } from "./replay.ts";
import { valueCases } from "./values.ts";

/**
 * What a `SessionAdapter` promises. An adapter with only the seven required methods keeps the cases that
 * require no more. The cases hold at most 250 events of a stream, 30 streams of a session, and one message
 * of 1 MiB.
 *
 * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#session-management
 */
export const sessionContract: readonly SessionCase[] = [
  ...lifecycleCases,
  ...eventCases,
  ...replayCases,
  ...optionalCases,
  ...valueCases,
  ...callCases,
];
