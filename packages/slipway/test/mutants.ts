import {
  type ContractCase,
  type ContractSettings,
  type MakeInstances,
  runContract,
} from "../src/testing/index.ts";

/** An adapter with one fault, and the case that must notice it. */
export type Mutant<I> = readonly [fault: string, make: (settings?: ContractSettings) => I, caughtBy: string];

/** The same adapter as many times as it is asked for. */
export function shared<I>(make: (settings?: ContractSettings) => I) {
  return (count: number, settings?: ContractSettings): I[] => Array<I>(count).fill(make(settings));
}

/** The names of the cases that fail when only this one is run, whatever it requires. */
export function failures<I extends object>(
  contract: readonly ContractCase<I>[],
  name: string,
  make: (settings?: ContractSettings) => I,
  timeoutMs: number,
): Promise<string[]> {
  return failuresOf(contract, name, shared(make), timeoutMs);
}

/** The same for instances that differ. */
export async function failuresOf<I extends object>(
  contract: readonly ContractCase<I>[],
  name: string,
  makeInstances: MakeInstances<I>,
  timeoutMs: number,
): Promise<string[]> {
  const cases = contract.filter((each) => each.name === name).map(({ run }) => ({ name, run }));
  const report = await runContract(cases, { makeInstances, timeoutMs });
  return report.failed.map((each) => each.name);
}

/** What every adapter answers by itself. */
const IMMEDIATE = new Set<string | symbol>(["generateSessionId", "streamOf"]);

/** One connection to an adapter: what is asked first arrives first, and every answer comes later. */
export function remote<I extends object>(server: I): I {
  return new Proxy(server, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      if (IMMEDIATE.has(name)) return member.bind(target);
      return async (...given: unknown[]) => {
        const args = given.map((each) => (typeof each === "function" ? each : structuredClone(each)));
        await later();
        const answer: unknown = await member.apply(target, args);
        await later();
        return answer;
      };
    },
  });
}

/** The value after an encoding that knows 256 characters. */
export function inLatin1(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value).replace(/[^\0-\xff]/g, "?"));
}

/** Lets other work go first, as a network does. */
export function later(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
