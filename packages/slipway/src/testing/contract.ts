import { within } from "./assert.ts";

/**
 * What a case asks of the instances that it gets. Each member is also the name of an ability: a case that
 * uses the setting requires it.
 */
export interface ContractSettings {
  /** Sessions expire when they were not used for this long, in milliseconds. */
  idleTimeoutMs?: number;
  /** The adapter holds this many sessions and refuses more. */
  maxSessions?: number;
  /** At least this many events are held of each stream, and fewer than 200 more. */
  maxEventBufferSize?: number;
  /** The bus's `deadAfterMs`. */
  deadAfterMs?: number;
}

/**
 * Makes `count` instances of an adapter over one shared state, as `count` machines would have. Without
 * `settings` they may be the same ones each time. With `settings`, even empty ones, the instances and their
 * state must be new and no other case's; only cases that require a setting give it.
 */
export type MakeInstances<I> = (count: number, settings?: ContractSettings) => Promise<I[]> | I[];

/** One promise of a port. Bound to no test runner: `run` rejects when the promise is broken. */
export interface ContractCase<I> {
  /** A statement about the adapter, unique in its contract. */
  readonly name: string;
  /** Optional methods of the port, and abilities, without which the case cannot be run. */
  readonly requires?: readonly string[];
  /** The member of an instance where optional methods are looked for; the instance itself when left out. */
  readonly port?: string;
  run(makeInstances: MakeInstances<I>): Promise<void>;
}

export interface ContractOptions<I> {
  makeInstances: MakeInstances<I>;
  /** Settings that `makeInstances` honours. Optional methods need not be named: they are seen. */
  abilities?: readonly string[];
  /** Cases that are not to be run, by name, each with the reason. */
  skip?: { readonly [caseName: string]: string };
  /** How long one case may take, in milliseconds; one that takes longer has failed. Default 30,000. */
  timeoutMs?: number;
}

export interface ContractReport {
  passed: string[];
  failed: { name: string; error: unknown }[];
  skipped: { name: string; reason: string }[];
}

/**
 * Runs the cases one after the other and tells how each one ended. Look at all three lists: a contract whose
 * cases were skipped has not been kept.
 *
 * Throws an Error, before it runs anything, when `skip` names an unknown case or gives no reason, and when
 * no case requires one of the `abilities`.
 */
export async function runContract<I extends object>(
  cases: readonly ContractCase<I>[],
  options: ContractOptions<I>,
): Promise<ContractReport> {
  const { makeInstances, abilities = [], skip = {}, timeoutMs = 30_000 } = options;
  const reasons = new Map(Object.entries(skip));
  checkSkips(cases, reasons);
  checkAbilities(cases, abilities);
  const [instance] = await makeInstances(1);
  if (instance === undefined)
    throw new Error("makeInstances(1) was expected to give an instance, it gave none.");

  const report: ContractReport = { passed: [], failed: [], skipped: [] };
  for (const each of cases) {
    const { name } = each;
    const reason = reasons.get(name) ?? whatIsMissing(each, instance, abilities);
    if (reason !== undefined) {
      report.skipped.push({ name, reason });
      continue;
    }
    try {
      await within(each.run(makeInstances), "the case", timeoutMs);
      report.passed.push(name);
    } catch (error) {
      report.failed.push({ name, error });
    }
  }
  return report;
}

function checkSkips(cases: readonly ContractCase<never>[], reasons: ReadonlyMap<string, string>): void {
  for (const [name, reason] of reasons) {
    if (!cases.some((each) => each.name === name))
      throw new Error(`Cannot skip "${name}": no case has this name.`);
    if (reason.trim() === "") throw new Error(`Cannot skip "${name}" without a reason.`);
  }
}

function checkAbilities(cases: readonly ContractCase<never>[], abilities: readonly string[]): void {
  const known = new Set(cases.flatMap((each) => each.requires ?? []));
  for (const ability of abilities) {
    if (!known.has(ability)) {
      throw new Error(
        `No case requires the ability "${ability}"; known are: ${[...known].join(", ") || "none"}.`,
      );
    }
  }
}

function whatIsMissing(
  { requires = [], port }: ContractCase<never>,
  instance: object,
  abilities: readonly string[],
): string | undefined {
  const adapter: object = port === undefined ? instance : Reflect.get(instance, port);
  const missing = requires.filter(
    (name) => !abilities.includes(name) && typeof Reflect.get(adapter, name) !== "function",
  );
  return missing.length === 0 ? undefined : `the adapter does not offer ${missing.join(", ")}`;
}
