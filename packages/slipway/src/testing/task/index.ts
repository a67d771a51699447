import type { TaskCase } from "./helpers.ts";
import { lifecycleCases } from "./lifecycle.ts";
import { listCases } from "./lists.ts";
import { ownershipCases } from "./ownership.ts";
import { questionCases } from "./questions.ts";

/**
 * What a `TaskAdapter` promises. Times are real; the longest that must pass is half a second.
 *
 * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/tasks
 */
export const taskContract: readonly TaskCase[] = [
  ...lifecycleCases,
  ...ownershipCases,
  ...questionCases,
  ...listCases,
];
