import { afterAll, onTestFinished } from "vitest";
import { Child } from "../../support/child.ts";
import { type Faults, FaultyProxy } from "../../support/faulty-proxy.ts";
import { Project } from "../project.ts";

const project = new Project();
afterAll(() => project.remove());

interface Finding {
  readonly check: string;
  readonly severity: string;
  readonly message: string;
  readonly remedy?: string;
  readonly data?: { readonly [name: string]: unknown };
}

export interface Diagnosis {
  readonly code: number | null;
  readonly findings: readonly Finding[];
  /** The findings of a check, from `severity: message` on. */
  of(check: string): string[];
}

/** What `slipway doctor` finds. A stream is watched no longer than a moment unless `--idle` says otherwise. */
export async function doctor(url: string, ...args: string[]): Promise<Diagnosis> {
  return doctorWith({}, url, ...args);
}

export async function doctorWith(
  env: { readonly [name: string]: string },
  url: string,
  ...args: string[]
): Promise<Diagnosis> {
  const idle = args.includes("--idle") ? [] : ["--idle", "100ms"];
  const { code, stdout, stderr } = await project.run(["doctor", url, "--json", ...idle, ...args], { env });
  if (stdout === "") throw new Error(`The doctor says nothing: ${stderr}`);
  const { findings } = JSON.parse(stdout) as { findings: Finding[] };
  return {
    code,
    findings,
    of: (check) =>
      findings.filter((one) => one.check === check).map(({ severity, message }) => `${severity}: ${message}`),
  };
}

/** `slipway doctor` for people. */
export function report(url: string, ...args: string[]) {
  return project.run(["doctor", url, "--idle", "100ms", ...args]);
}

/** A server that runs until the test file is done. */
export async function deployment(settings: object = {}): Promise<string> {
  const child = new Child("e2e/cli/servers/deployment.ts", [JSON.stringify(settings)]);
  ends(() => child.stop());
  return (await child.says(/http:\S+/))[0];
}

/** One of the servers of other libraries. */
export async function foreign(library: string, ...args: string[]): Promise<string> {
  const child = new Child(`e2e/support/foreign/${library}.ts`, args);
  ends(() => child.stop());
  return (await child.says(/http:\S+/))[0];
}

/** The address of a server behind a proxy that runs until the test is done. */
export async function behind(targets: string | readonly string[], faults: Faults = {}): Promise<FaultyProxy> {
  const proxy = await FaultyProxy.start([targets].flat(), faults);
  ends(() => proxy.close());
  return proxy;
}

/** In a test when that is done, else with the file. */
function ends(end: () => Promise<unknown>): void {
  onTestFinished(async () => void (await end()));
}
