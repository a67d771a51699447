import { setTimeout } from "node:timers/promises";

/** Waits until it holds; does not keep the program from ending meanwhile. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await setTimeout(10, undefined, { ref: false });
}
