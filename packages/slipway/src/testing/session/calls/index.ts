import type { SessionCase } from "../helpers.ts";
import { answeredCases } from "./answered.ts";
import { endingCases } from "./endings.ts";
import { isolationCases } from "./isolation.ts";
import { ownershipCases } from "./ownership.ts";
import { questionCases } from "./questions.ts";

/** What a session adapter promises about calls, which go on when the machine that runs them dies. */
export const callCases: readonly SessionCase[] = [
  ...questionCases,
  ...ownershipCases,
  ...endingCases,
  ...isolationCases,
  ...answeredCases,
];
