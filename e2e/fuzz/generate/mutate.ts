import fc from "fast-check";
import { NASTY_STRINGS, nastyString, nastyValue } from "./nasty.ts";
import { changeAt, type Member, nodeAt, sizeOf, type Tree, textOf, treeOf } from "./tree.ts";

interface Mutation {
  readonly what: (typeof MUTATIONS)[number];
  /** Which node, by its number; counted round. */
  readonly at: number;
  readonly other: number;
  readonly value: string;
}

const MUTATIONS = [
  "replace",
  "replace",
  "replace",
  "remove",
  "remove",
  "duplicate",
  "rename",
  "insert",
  "insert",
  "reorder",
  "wrap",
  "copy",
  "retype",
  "edit",
  "edit",
] as const;

const mutation: fc.Arbitrary<Mutation> = fc.record({
  what: fc.constantFrom(...MUTATIONS),
  at: fc.nat({ max: 60 }),
  other: fc.nat({ max: 60 }),
  value: nastyValue,
});

interface TextChange {
  readonly what: "cut" | "remove" | "insert" | "repeat" | "space";
  /** Where, in parts of a thousand. */
  readonly at: number;
  readonly length: number;
  readonly text: string;
}

const textChange: fc.Arbitrary<TextChange> = fc.record({
  what: fc.constantFrom("cut", "remove", "insert", "repeat", "space"),
  at: fc.nat({ max: 1000 }),
  length: fc.integer({ min: 1, max: 20 }),
  text: fc.oneof(nastyString, fc.constantFrom('"', "{", "}", "[", "]", ",", ":", "\\", "\n", "\ufeff", "\0")),
});

/**
 * Messages like those that are given: as they are, or with some things about them changed.
 * @param plain how many of ten stay as they are
 */
export function mutated<T>(
  originals: readonly T[],
  pick: (one: T) => unknown,
  plain = 2,
): fc.Arbitrary<[T, string]> {
  return fc
    .tuple(
      fc.constantFrom(...originals),
      fc.oneof(
        { weight: plain, arbitrary: fc.constant([]) },
        { weight: 10 - plain, arbitrary: fc.array(mutation, { minLength: 1, maxLength: 3, size: "max" }) },
      ),
      fc.oneof(
        { weight: 9 + plain, arbitrary: fc.constant(undefined) },
        { weight: 1, arbitrary: fc.array(textChange, { minLength: 1, maxLength: 2 }) },
      ),
    )
    .map(([original, mutations, changes = []]) => {
      let tree: Tree | undefined = treeOf(pick(original));
      for (const each of mutations) tree = tree === undefined ? undefined : mutate(tree, each);
      const text = tree === undefined ? "" : textOf(tree);
      return [original, changes.reduce(changeText, text)];
    });
}

function mutate(tree: Tree, { what, at, other, value }: Mutation): Tree | undefined {
  const size = sizeOf(tree);
  const node = at % size;
  switch (what) {
    case "replace":
      return changeAt(tree, node, () => value);
    case "remove":
      return changeAt(tree, node, () => undefined);
    case "copy":
      return changeAt(tree, node, () => nodeAt(tree, other % size));
    case "wrap":
      return changeAt(tree, node, (each) =>
        other % 2 === 0 ? { items: [each] } : { members: [[nameAt(other), each]] },
      );
    case "retype":
      return changeAt(tree, node, (each) =>
        typeof each === "string" ? retyped(each) : textLeaf(textOf(each)),
      );
    case "edit":
      return changeAt(tree, node, (each) => edited(each, other));
    default:
      return changeAt(tree, node, (each) => changeMembers(each, what, other, value));
  }
}

function nameAt(at: number): string {
  return NASTY_STRINGS[at % NASTY_STRINGS.length] as string;
}

function textLeaf(text: string): string {
  return JSON.stringify(text);
}

/** What is a string becomes what it says, and all else a string. */
function retyped(leaf: string): string {
  if (!leaf.startsWith('"')) return textLeaf(leaf);
  const inner = leaf.slice(1, -1);
  return inner === "" ? "0" : inner;
}

/** A string with something put in, left out, or in other case. */
function edited(node: Tree, other: number): Tree {
  const text = typeof node === "string" ? textIn(node) : undefined;
  if (text === undefined) return node;
  const place = other % (text.length + 1);
  switch (other % 5) {
    case 0:
      return textLeaf(text.slice(0, place));
    case 1:
      return textLeaf(text.slice(0, place) + nameAt(other) + text.slice(place));
    case 2:
      return textLeaf(other % 2 === 0 ? text.toUpperCase() : text.toLowerCase());
    case 3:
      return textLeaf(text.slice(0, place) + text.slice(place + 1));
    default:
      return textLeaf(`${text} `);
  }
}

/** What a leaf says, if it is a string: what stands there may be nothing of the kind. */
function textIn(leaf: string): string | undefined {
  if (!leaf.startsWith('"')) return undefined;
  try {
    return JSON.parse(leaf) as string;
  } catch {
    return undefined;
  }
}

function changeMembers(node: Tree, what: Mutation["what"], other: number, value: string): Tree {
  if (typeof node === "string") return node;
  if ("items" in node) return { items: [...node.items, ...(what === "duplicate" ? node.items : [value])] };
  const { members } = node;
  const nth = members.length === 0 ? 0 : other % members.length;
  const chosen = members[nth];
  if (what === "insert" || chosen === undefined) return { members: [...members, [nameAt(other), value]] };
  if (what === "reorder") return { members: members.toReversed() };
  if (what === "rename") return { members: members.with(nth, [nameAt(other), chosen[1]]) };
  // Twice: before or after its own value.
  const twin: Member = [chosen[0], value];
  return { members: other % 2 === 0 ? [...members, twin] : [twin, ...members] };
}

function changeText(text: string, { what, at, length, text: inserted }: TextChange): string {
  const place = Math.floor((text.length * at) / 1000);
  const [before, after] = [text.slice(0, place), text.slice(place)];
  switch (what) {
    case "cut":
      return before;
    case "remove":
      return before + after.slice(length);
    case "insert":
      return before + inserted + after;
    case "repeat":
      return before + after.slice(0, length) + after;
    case "space":
      return `${" \t\r\n".repeat(length % 4)}${text}\n`;
  }
}

/** Bytes, one character for each. */
export type Bytes = string;

/** The bytes of a text, with some bits flipped. */
export const flips: fc.Arbitrary<readonly (readonly [at: number, bit: number])[]> = fc.array(
  fc.tuple(fc.nat({ max: 1000 }), fc.nat({ max: 7 })),
  { minLength: 1, maxLength: 4 },
);

export function flipped(text: string, flipped: readonly (readonly [at: number, bit: number])[]): Bytes {
  const bytes = Buffer.from(text, "utf8");
  for (const [at, bit] of flipped) {
    const place = Math.floor(((bytes.length - 1) * at) / 1000);
    if (place >= 0) bytes[place] = (bytes[place] as number) ^ (1 << bit);
  }
  return bytes.toString("latin1");
}
