import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Finding } from "./batch.ts";
import { Runner } from "./runner.ts";

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
  const runner = new Runner();
  try {
    for (const { name, ...kept } of keptCases()) {
      const what = await replay(kept, runner);
      if (what !== undefined) again.push(`${name}: ${what}`);
    }
  } finally {
    await runner.end();
  }
  return again;
}

/** Runs the case of a file. */
export async function replayFile(path: string): Promise<string | undefined> {
  const runner = new Runner();
  try {
    return await replay(read(path), runner);
  } finally {
    await runner.end();
  }
}

/** Gives what the case shows that must never be. */
async function replay({ target, one }: KeptCase, runner: Runner): Promise<string | undefined> {
  const { findings } = await runner.run({ target, seed: 0, cases: 1, one });
  return findings[0]?.what;
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
