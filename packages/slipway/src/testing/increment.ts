import type { Versioned } from "../ports/index.ts";

/** Adds one to a number that others change too: reads it and writes it back until nobody was faster. */
export async function increment(
  read: () => Versioned | undefined | Promise<Versioned | undefined>,
  write: (value: number, version: number) => boolean | Promise<boolean>,
): Promise<void> {
  for (let attempt = 0; attempt < 1000; attempt++) {
    const now = await read();
    if (now === undefined) throw new Error("Expected a value to add to, it is gone.");
    if (await write(Number(now.value) + 1, now.version)) return;
  }
  throw new Error("Expected that one of 1000 attempts to write a value succeeds.");
}
