import type { McpClient } from "../../../client/index.ts";
import { type Finding, Findings } from "../finding.ts";

const PROGRESS = new Findings("progress");

/** Reports that come closer together than this have come at once, in milliseconds. */
const AT_ONCE_MS = 50;
/** A shorter call shows nothing. */
const LONG_MS = 1_000;

/** Calls a tool that the user has named, and compares when its reports come with when its result does. */
export async function checkTool(
  client: McpClient,
  name: string,
  args: { readonly [name: string]: unknown },
): Promise<Finding[]> {
  const begin = performance.now();
  const since = () => Math.round(performance.now() - begin);
  const reports: number[] = [];
  await client.callTool(name, args, { onProgress: () => reports.push(since()) });
  const lastMs = since();
  const [firstMs] = reports;
  const data = { data: { firstMs, lastMs, reports: reports.length } };
  if (firstMs === undefined) {
    return [PROGRESS.skipped(`${name} reports no progress, so that its call shows nothing.`)];
  }
  if (lastMs < LONG_MS) {
    return [
      PROGRESS.skipped(
        `${name} takes ${lastMs} ms, which is too short to see whether reports are held back.`,
      ),
    ];
  }
  // The first one may come with the head of the response, and the last one belong to the result.
  const late = reports.filter((ms) => lastMs - ms <= AT_ONCE_MS).length;
  const heldBack = late === reports.length || (reports.length > 2 && late === reports.length - 1);
  if (!heldBack) {
    return [
      PROGRESS.fine(
        `${name} reported first after ${firstMs} ms, and its result came after ${lastMs} ms.`,
        data,
      ),
    ];
  }
  return [
    PROGRESS.error(
      `${late === reports.length ? "All reports" : "All reports but the first one"} of ${name} came with its result, after ${lastMs} ms: something in between holds them back.`,
      "Switch off response buffering for this path in every proxy in between.",
      data,
    ),
  ];
}
