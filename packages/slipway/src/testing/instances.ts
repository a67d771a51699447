import { assert } from "./assert.ts";
import type { ContractSettings, MakeInstances } from "./contract.ts";

/** Two instances over one state. */
export async function two<I>(makeInstances: MakeInstances<I>, settings?: ContractSettings): Promise<[I, I]> {
  const [a, b] = await makeInstances(2, settings);
  assert(a !== undefined && b !== undefined, "makeInstances(2) gives two instances");
  return [a, b];
}
