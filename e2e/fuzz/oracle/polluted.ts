import { fault } from "../fault.ts";

const SHARED = [
  Object.prototype,
  Array.prototype,
  Function.prototype,
  String.prototype,
  Object,
  Array,
  Map.prototype,
];
const KEYS = SHARED.map((each) => Reflect.ownKeys(each).length);

/** What all objects share is as it was. */
export function checkUnpolluted(): void {
  for (const [index, shared] of SHARED.entries()) {
    const keys = Reflect.ownKeys(shared);
    if (keys.length === KEYS[index]) continue;
    const added = keys.at(-1) as string;
    Reflect.deleteProperty(shared, added);
    fault(`A prototype was polluted with ${String(added)}`);
  }
}
