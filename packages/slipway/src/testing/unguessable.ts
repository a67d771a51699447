import { assert } from "./assert.ts";

/** Ids are visible ASCII, long enough, all different, and one says little about the next. */
export function assertUnguessable(ids: readonly string[], what: string): void {
  for (const [index, id] of ids.entries()) {
    assert(
      /^[\x21-\x7e]+$/.test(id),
      `${what} holds only characters from 0x21 to 0x7E, got ${JSON.stringify(id)}`,
    );
    assert(id.length >= 16, `${what} has 16 characters or more, got ${id}`);
    const before = ids[index - 1];
    if (before === undefined) continue;
    const changed = [...id].filter((character, place) => character !== before[place]).length;
    assert(
      changed >= 8,
      `${what} differs from the one before in 8 characters or more, got ${before} and ${id}`,
    );
  }
  assert(new Set(ids).size === ids.length, `${what} is never given twice`);
}
