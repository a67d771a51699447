import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** What a function took, of what all together took; 0 to 1. */
export interface Share {
  readonly name: string;
  readonly place: string;
  /** Without what it called. */
  readonly self: number;
  /** With what it called. */
  readonly total: number;
}

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}

/** @see https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: CallFrame;
    readonly children?: number[];
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** @see https://chromedevtools.github.io/devtools-protocol/tot/HeapProfiler/#type-SamplingHeapProfileNode */
export interface AllocationProfile {
  readonly head: AllocationNode;
}

interface AllocationNode {
  readonly callFrame: CallFrame;
  readonly selfSize: number;
  readonly children: readonly AllocationNode[];
}

interface Node {
  readonly callFrame: CallFrame;
  readonly self: number;
  readonly children: readonly Node[];
}

/** Time in the process, without that in which it had nothing to do. */
export function times({ nodes, samples, timeDeltas }: CpuProfile): Share[] {
  const self = new Map<number, number>();
  samples.forEach((id, index) => {
    self.set(id, (self.get(id) ?? 0) + (timeDeltas[index] ?? 0));
  });
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const tree = (id: number): Node => {
    const node = byId.get(id);
    if (node === undefined) throw new Error(`The profile has no node ${id}.`);
    const idle = node.callFrame.functionName === "(idle)";
    const children = (node.children ?? []).map(tree);
    return { callFrame: node.callFrame, self: idle ? 0 : (self.get(id) ?? 0), children };
  };
  return sharesOf(tree(nodes[0]?.id ?? 1));
}

/** Bytes that were allocated and were still in use in the end, by sampling. */
export function allocations({ head }: AllocationProfile): Share[] {
  const tree = (node: AllocationNode): Node => ({
    callFrame: node.callFrame,
    self: node.selfSize,
    children: node.children.map(tree),
  });
  return sharesOf(tree(head));
}

const texts = new Map<string, readonly string[]>();

/** The file and line, or the file that was bundled there: the bundle says where each one begins. */
function placeOf(url: string, line: number): string {
  const built = `${url.split("/").slice(-2).join("/")}:${line}`;
  if (!/^file:.*\/slipway\/dist\//.test(url)) return built;
  let lines = texts.get(url);
  if (lines === undefined) {
    const path = fileURLToPath(url);
    lines = existsSync(path) ? readFileSync(path, "utf8").split("\n") : [];
    texts.set(url, lines);
  }
  const begins = lines.slice(0, line).findLast((text) => /^\/\/ src\/.*\.ts$/.test(text));
  return begins === undefined ? built : `${begins.slice("// src/".length)} (${built})`;
}

/** Functions by what they took themselves, the largest first. */
function sharesOf(root: Node): Share[] {
  const found = new Map<string, { name: string; place: string; self: number; total: number }>();
  const visit = (node: Node, above: ReadonlySet<string>): number => {
    const { functionName, url, lineNumber } = node.callFrame;
    const place = url === "" ? "" : placeOf(url, lineNumber + 1);
    const key = `${functionName} ${place}`;
    const share = found.get(key) ?? { name: functionName || "(anonymous)", place, self: 0, total: 0 };
    found.set(key, share);
    const inner = new Set(above).add(key);
    const total = node.children.reduce((sum, child) => sum + visit(child, inner), node.self);
    share.self += node.self;
    if (!above.has(key)) share.total += total;
    return total;
  };
  const all = visit(root, new Set()) || 1;
  return [...found.values()]
    .map((share) => ({ ...share, self: share.self / all, total: share.total / all }))
    .sort((a, b) => b.self - a.self);
}
