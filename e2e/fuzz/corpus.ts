import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Finding, runCase } from "./batch.ts";
import { targetOf } from "./targets/index.ts";

/** A case that once showed what must never be. */
export interface KeptCase {
  readonly target: string;
  /** What was wrong. */
  readonly what: string;
  readonly one: unknown;
}

const CORPUS = new URL("corpus/", import.meta.url);
const FOUND = new URL("found/", import.meta.url);

export function keptCases(): (KeptCase & { readonly name: string })[] {
  return readdirSync(CORPUS)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => ({ name, ...read(new URL(name, CORPUS)) }));
}

/** Runs all cases that were findings once; gives those that are again, in words. */
export async function replayCorpus(): Promise<string[]> {
  const again: string[] = [];
  for (const { name, target, one } of keptCases()) {
    const what = await runCase(targetOf(target), one);
    if (what !== undefined) again.push(`${name}: ${what}`);
  }
  return again;
}

/** Runs the case of a file. */
export function replayFile(path: string): Promise<string | undefined> {
  const { target, one } = read(path);
  return runCase(targetOf(target), one);
}

/** Keeps a finding in a file beside the corpus; gives the file's path. */
export function keep({ target, what, one, seed }: Finding): string {
  mkdirSync(FOUND, { recursive: true });
  const file = new URL(`${target}-${seed}.json`, FOUND);
  writeFileSync(file, `${JSON.stringify({ target, what, one }, undefined, 2)}\n`);
  return fileURLToPath(file);
}

function read(path: string | URL): KeptCase {
  return JSON.parse(readFileSync(path, "utf8")) as KeptCase;
}
