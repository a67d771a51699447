import { rmSync, statSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";

const MAX_BYTES = 1024 * 1024;
const LOOK_MS = 50;

/**
 * A file that is emptied as soon as it is large, as by a log's rotation, and removed in the end. One that only grows takes memory that
 * was never used: where this was measured, a virtual machine got each page of that from its host first, which took 13 µs, and
 * was most of what lines seemed to cost.
 * @param ending the end of its name
 */
export function logFile(ending: string): string {
  const path = `${tmpdir()}/slipway-bench-${process.pid}.${ending}`;
  setInterval(() => {
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > MAX_BYTES) truncateSync(path);
  }, LOOK_MS).unref();
  process.on("exit", () => rmSync(path, { force: true }));
  return path;
}
