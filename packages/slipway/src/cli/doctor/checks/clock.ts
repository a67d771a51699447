import type { Exam } from "../exam.ts";
import { type Finding, Findings } from "../finding.ts";

const CLOCK = new Findings("clock");

/** The header has whole seconds, and the way takes its time: less than this is nothing, in seconds. */
const TOLERANCE = 5;
/** What verifiers of tokens let pass at most, as a rule. */
const TOO_MUCH = 60;

/** Whether server and client agree on what time it is. */
export function checkClock({ opening }: Exam): Finding {
  const { date } = opening.headers;
  const { sentAt, headAfterMs } = opening.answer;
  const server = Date.parse(String(date));
  if (Number.isNaN(server))
    return CLOCK.skipped("The server sends no Date header, so that its clock cannot be seen.");
  // The header is cut to whole seconds: the middle of that second, at the middle of the way.
  const seconds = Math.round((server + 500 - (sentAt + headAfterMs / 2)) / 1000);
  const data = { data: { offsetSeconds: seconds } };
  const off = Math.abs(seconds);
  if (off <= TOLERANCE) return CLOCK.fine("The server's clock agrees with this machine's.", data);
  const message = `The server's clock is ${off} s ${seconds > 0 ? "ahead of" : "behind"} this machine's`;
  const remedy = "Let both machines set their clocks by NTP, and look which of them is wrong.";
  if (off <= TOO_MUCH) return CLOCK.warning(`${message}: tokens end early or late by that.`, remedy, data);
  return CLOCK.error(
    `${message}: tokens that are valid are refused, or such as have ended are taken.`,
    remedy,
    data,
  );
}
