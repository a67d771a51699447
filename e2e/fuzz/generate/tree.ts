/**
 * JSON as it is written and not as it is meant: members may come twice and in any order, and leaves are whatever text
 * stands there.
 */
export type Tree = { readonly members: readonly Member[] } | { readonly items: readonly Tree[] } | string;
export type Member = readonly [key: string, value: Tree];

export function treeOf(value: unknown): Tree {
  if (Array.isArray(value)) return { items: value.map(treeOf) };
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return {
    members: Object.entries(value).flatMap(([key, member]) =>
      member === undefined ? [] : [[key, treeOf(member)] as const],
    ),
  };
}

export function textOf(tree: Tree): string {
  if (typeof tree === "string") return tree;
  if ("items" in tree) return `[${tree.items.map(textOf).join(",")}]`;
  return `{${tree.members.map(([key, value]) => `${JSON.stringify(key)}:${textOf(value)}`).join(",")}}`;
}

/** How many nodes a tree has. */
export function sizeOf(tree: Tree): number {
  if (typeof tree === "string") return 1;
  const children = "items" in tree ? tree.items : tree.members.map(([, value]) => value);
  return children.reduce((sum, child) => sum + sizeOf(child), 1);
}

/** The node with a number, in the order of the text. */
export function nodeAt(tree: Tree, at: number): Tree {
  let found: Tree = tree;
  changeAt(tree, at, (node) => {
    found = node;
    return node;
  });
  return found;
}

/** The tree with the node of a number changed; `undefined` takes the node away, with its key. */
export function changeAt(tree: Tree, at: number, change: (node: Tree) => Tree | undefined): Tree | undefined {
  let next = 0;
  const visit = (node: Tree): Tree | undefined => {
    if (next++ === at) return change(node);
    if (typeof node === "string" || next > at) return node;
    if ("items" in node) {
      return { items: node.items.map(visit).filter((item) => item !== undefined) };
    }
    const members = node.members.map(([key, value]) => [key, visit(value)] as const);
    return { members: members.filter((member): member is Member => member[1] !== undefined) };
  };
  return visit(tree);
}
