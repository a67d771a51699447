import { expect } from "vitest";
import type { Holdings } from "./holdings.ts";
import { tool } from "./requests.ts";
import { startServer, type Target } from "./target.ts";
import { exchange } from "./wire.ts";

const MIB = 1024 * 1024;
const GOOD_CALLS = 200;
const GOOD = tool("echo", { text: "good" });

/** What the server holds when nobody wants anything of it any more. It learns by and by that its clients have gone. */
export async function holdingsOf<H extends Holdings>(target: { measure(): Promise<H> }): Promise<H> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const holdings = await target.measure();
    if (holdings.connections + holdings.streams + holdings.calls === 0 || Date.now() > deadline)
      return holdings;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Makes a server do all that is only done once, so that it is not taken for growth. */
export async function warmUp(target: Target): Promise<void> {
  for (let call = 0; call < GOOD_CALLS; call++) await target.send(GOOD);
}

/** Whether the server holds no more than before, but for `growth` bytes. */
export function expectReturned(before: Holdings, after: Holdings, growth: number): void {
  const shown = ({ memory, ...counts }: Holdings) =>
    `${(memory / MIB).toFixed(1)} MiB, ${JSON.stringify(counts)}`;
  console.log(`before: ${shown(before)}\nafter:  ${shown(after)}`);
  expect(after).toMatchObject({ connections: 0, streams: 0, calls: 0 });
  expect(after.resources).toBeLessThanOrEqual(before.resources);
  expect(after.memory - before.memory).toBeLessThan(growth);
}

/**
 * Whether a good call takes as long as with a server that nobody has attacked, in turns since others use the machine.
 * Gives how long it takes, in words.
 */
export async function expectFast(target: Target): Promise<string> {
  const other = await startServer();
  try {
    const times: [attacked: number[], fresh: number[]] = [[], []];
    for (let call = 0; call < GOOD_CALLS; call++) {
      times[0].push(await timeOf(target.ports.open));
      times[1].push(await timeOf(other.hello.open));
    }
    const [attacked, fresh] = times.map(median) as [number, number];
    const said = `p50 of a call ${attacked.toFixed(2)} ms, of a fresh server ${fresh.toFixed(2)} ms`;
    expect(attacked, said).toBeLessThan(2 * fresh + 2);
    return said;
  } finally {
    other.kill();
  }
}

async function timeOf(port: number): Promise<number> {
  const begun = performance.now();
  await exchange(port, GOOD);
  return performance.now() - begun;
}

export function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] as number;
}
