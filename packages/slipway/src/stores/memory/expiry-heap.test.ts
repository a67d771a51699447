import { expect, test } from "vitest";
import { type Expiring, ExpiryHeap } from "./expiry-heap.ts";

interface Member extends Expiring {
  readonly name: number;
}

/** Numbers that look random and are always the same. */
function numbers(): () => number {
  let state = 1;
  return () => {
    state = (state * 48271) % 2147483647;
    return state;
  };
}

function emptied(heap: ExpiryHeap<Member>): number[] {
  const order: number[] = [];
  for (let first = heap.first; first !== undefined; first = heap.first) {
    order.push(first.expiresAt);
    heap.remove(first);
  }
  return order;
}

test("whatever is added, moved and removed, the first to expire comes first", () => {
  const next = numbers();
  const heap = new ExpiryHeap<Member>();
  const members = new Set<Member>();
  for (let step = 0; step < 5000; step++) {
    const [any] = members;
    if (any === undefined || next() % 3 > 0) {
      const member = { name: step, expiresAt: next() % 1000, place: 0 };
      heap.add(member);
      members.add(member);
    } else if (next() % 2 === 0) {
      heap.move(any, next() % 1000);
      members.delete(any);
      members.add(any);
    } else {
      heap.remove(any);
      members.delete(any);
    }
    if (step % 100 === 0) {
      expect(heap.first?.expiresAt).toBe(
        [...members].reduce((least, { expiresAt }) => Math.min(least, expiresAt), 1e9),
      );
    }
  }
  expect(emptied(heap)).toEqual(
    [...members].map(({ expiresAt }) => expiresAt).sort((one, other) => one - other),
  );
});

test("an empty heap has no first", () => {
  const heap = new ExpiryHeap<Member>();
  expect(heap.first).toBeUndefined();
  const only = { name: 1, expiresAt: 1, place: 0 };
  heap.add(only);
  heap.remove(only);
  expect(heap.first).toBeUndefined();
});
