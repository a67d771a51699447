import { expect, test } from "vitest";
import { type Linked, LinkedList } from "./linked-list.ts";

interface Letter extends Linked<Letter> {
  readonly name: string;
}

function letter(name: string): Letter {
  return { name, older: undefined, newer: undefined };
}

/** The names from the oldest on, after a look at the links in the other direction. */
function names(list: LinkedList<Letter>): string {
  let forward = "";
  for (let member = list.oldest; member !== undefined; member = member.newer) forward += member.name;
  let backward = "";
  for (let member = list.newest; member !== undefined; member = member.older)
    backward = member.name + backward;
  expect(backward).toBe(forward);
  return forward;
}

test("members stand in the order in which they were appended", () => {
  const list = new LinkedList<Letter>();
  expect(names(list)).toBe("");
  for (const name of "abc") list.append(letter(name));
  expect(names(list)).toBe("abc");
});

test("a member can be put at the front, between two others, and at the end", () => {
  const list = new LinkedList<Letter>();
  const b = letter("b");
  list.append(b);
  list.insertAfter(undefined, letter("a"));
  list.insertAfter(b, letter("d"));
  list.insertAfter(b, letter("c"));
  expect(names(list)).toBe("abcd");
});

test("a renewed member becomes the newest", () => {
  const list = new LinkedList<Letter>();
  const [a, b, c] = [letter("a"), letter("b"), letter("c")];
  for (const each of [a, b, c]) list.append(each);
  list.renew(b);
  expect(names(list)).toBe("acb");
  list.renew(a);
  expect(names(list)).toBe("cba");
  list.renew(a);
  expect(names(list)).toBe("cba");
});

test("a removed member is gone from both directions and keeps no link", () => {
  const list = new LinkedList<Letter>();
  const [a, b, c] = [letter("a"), letter("b"), letter("c")];
  for (const each of [a, b, c]) list.append(each);
  list.remove(b);
  expect(names(list)).toBe("ac");
  list.remove(a);
  expect(names(list)).toBe("c");
  list.remove(c);
  expect(names(list)).toBe("");
  expect([b.older, b.newer, c.older, c.newer]).toEqual([undefined, undefined, undefined, undefined]);
});
