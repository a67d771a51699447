import { closeSync, openSync, writeSync } from "node:fs";

/** As long as it is open, no core goes to sleep deeper than what was written says, in microseconds. */
const DEVICE = "/dev/cpu_dma_latency";

/**
 * Keeps the cores of this machine awake until the process ends. The load generator sleeps between two answers, and on a virtual
 * machine whoever wakes its core pays for that: each answer of a server that is not fast enough to keep it busy would seem to
 * cost microseconds more.
 * @returns whether that is so: Linux lets root do it
 */
export function keepAwake(): boolean {
  try {
    const device = openSync(DEVICE, "w");
    writeSync(device, new Int32Array([0]));
    process.once("exit", () => closeSync(device));
    return true;
  } catch {
    return false;
  }
}
