import { type ContractCase, type ContractSettings, runContract } from "../src/testing/index.ts";

/** An adapter with one fault, and the case that must notice it. */
export type Mutant<I> = readonly [fault: string, make: (settings?: ContractSettings) => I, caughtBy: string];

/** The same adapter as many times as it is asked for. */
export function shared<I>(make: (settings?: ContractSettings) => I) {
  return (count: number, settings?: ContractSettings): I[] => Array<I>(count).fill(make(settings));
}

/** The names of the cases that fail when only this one is run, whatever it requires. */
export async function failures<I extends object>(
  contract: readonly ContractCase<I>[],
  name: string,
  make: (settings?: ContractSettings) => I,
  timeoutMs: number,
): Promise<string[]> {
  const cases = contract.filter((each) => each.name === name).map(({ run }) => ({ name, run }));
  const report = await runContract(cases, { makeInstances: shared(make), timeoutMs });
  return report.failed.map((each) => each.name);
}

/** Lets other work go first, as a network does. */
export function later(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
