import { parser } from "@prometheus-io/lezer-promql";
import type { Sample, Scrape } from "./scrape.ts";

type SyntaxNode = ReturnType<typeof parser.parse>["topNode"];

/** How far back `min_over_time` looks, in seconds: a while, as tests have it. */
const WHILE = 0.7;

/**
 * The value of an expression of PromQL after some scrapes. A part of the language: series that a selector finds are taken
 * together, and `rate` and `increase` look at the whole time since `before`.
 * @throws Error for what is no PromQL, or more of it
 */
export function evaluate(expression: string, before: Scrape, scrapes: readonly Scrape[]): number {
  const root = parser.parse(expression).topNode.firstChild;
  if (root === null) throw new Error(`Not PromQL: ${expression}`);
  return new Evaluation(expression, before, scrapes).valueOf(root);
}

/** Whether an expression compares, and so is true or not. */
export function isCondition(expression: string): boolean {
  return /[<>]|==|!=/.test(expression.replaceAll(/\{[^}]*\}/g, ""));
}

const OPERATIONS: { readonly [operator: string]: (left: number, right: number) => number } = {
  Add: (left, right) => left + right,
  Sub: (left, right) => left - right,
  Mul: (left, right) => left * right,
  Div: (left, right) => left / right,
  Gtr: (left, right) => Number(left > right),
  Gte: (left, right) => Number(left >= right),
  Lss: (left, right) => Number(left < right),
  Lte: (left, right) => Number(left <= right),
  Eql: (left, right) => Number(left === right),
  Neq: (left, right) => Number(left !== right),
  And: (left, right) => left && right,
};

class Evaluation {
  readonly #text: string;
  readonly #before: Scrape;
  readonly #scrapes: readonly Scrape[];
  readonly #now: Scrape;

  constructor(text: string, before: Scrape, scrapes: readonly Scrape[]) {
    this.#text = text;
    this.#before = before;
    this.#scrapes = scrapes;
    this.#now = scrapes.at(-1) ?? before;
  }

  valueOf(node: SyntaxNode): number {
    switch (node.name) {
      case "NumberDurationLiteral":
        return Number(this.#of(node));
      case "ParenExpr":
        return this.valueOf(node.firstChild as SyntaxNode);
      case "VectorSelector":
        return total(this.#select(node, this.#now));
      case "AggregateExpr":
        return this.valueOf(last(node.getChild("FunctionCallBody") as SyntaxNode));
      case "BinaryExpr":
        return this.#binary(node);
      case "FunctionCall":
        return this.#call(node);
      default:
        throw new Error(`${node.name} is not understood here: ${this.#text}`);
    }
  }

  #binary(node: SyntaxNode): number {
    const [left, right] = [node.firstChild as SyntaxNode, node.lastChild as SyntaxNode];
    const operator = left.nextSibling?.name ?? "";
    const apply = OPERATIONS[operator];
    if (apply === undefined) throw new Error(`${operator} is not understood here: ${this.#text}`);
    return apply(this.valueOf(left), this.valueOf(right));
  }

  #call(node: SyntaxNode): number {
    const name = this.#of(node.firstChild as SyntaxNode);
    const body = node.getChild("FunctionCallBody") as SyntaxNode;
    if (name === "histogram_quantile") {
      return this.#quantile(this.valueOf(body.firstChild as SyntaxNode), last(body));
    }
    const range = last(body);
    const selector = range.firstChild as SyntaxNode;
    if (range.name !== "MatrixSelector") throw new Error(`${name} needs a range: ${this.#text}`);
    if (name === "min_over_time") {
      const from = this.#scrapes.findLastIndex(({ at }) => at <= this.#now.at - WHILE);
      if (from === -1) return 0;
      return Math.min(...this.#scrapes.slice(from).map((scrape) => total(this.#select(selector, scrape))));
    }
    const grown = total(this.#select(selector, this.#now)) - total(this.#select(selector, this.#before));
    if (name === "increase") return grown;
    if (name === "rate") return grown / (this.#now.at - this.#before.at);
    throw new Error(`${name} is not understood here: ${this.#text}`);
  }

  #quantile(quantile: number, node: SyntaxNode): number {
    const selector = find(node, "VectorSelector");
    if (selector === undefined) throw new Error(`There are no buckets: ${this.#text}`);
    const counts = new Map<number, number>();
    const count = (scrape: Scrape, sign: number) => {
      for (const { labels, value } of this.#select(selector, scrape)) {
        const le = labels["le"] === "+Inf" ? Infinity : Number(labels["le"]);
        counts.set(le, (counts.get(le) ?? 0) + sign * value);
      }
    };
    count(this.#now, 1);
    count(this.#before, -1);
    const buckets = [...counts].sort(([a], [b]) => a - b);
    const rank = quantile * (buckets.at(-1)?.[1] ?? 0);
    if (rank === 0) return Number.NaN;
    let [below, upTo] = [0, 0];
    for (const [le, sum] of buckets) {
      if (sum >= rank) return le === Infinity ? below : below + ((le - below) * (rank - upTo)) / (sum - upTo);
      [below, upTo] = [le, sum];
    }
    return Number.NaN;
  }

  #select(node: SyntaxNode, { samples }: Scrape): readonly Sample[] {
    const name = this.#of(node.getChild("Identifier") as SyntaxNode);
    const matchers = (node.getChild("LabelMatchers")?.getChildren("UnquotedLabelMatcher") ?? []).map(
      (matcher) => {
        const [label, operator, value] =
          /^(\w+)\s*(=~|!~|!=|=)\s*(".*")$/.exec(this.#of(matcher))?.slice(1) ?? [];
        return { label: label as string, operator, value: JSON.parse(value as string) as string };
      },
    );
    return samples.filter(
      (sample) =>
        sample.name === name &&
        matchers.every(({ label, operator, value }) => {
          const found = sample.labels[label] ?? "";
          const fits = operator?.endsWith("~") ? new RegExp(`^(?:${value})$`).test(found) : found === value;
          return operator?.startsWith("!") ? !fits : fits;
        }),
    );
  }

  #of({ from, to }: SyntaxNode): string {
    return this.#text.slice(from, to);
  }
}

function total(samples: readonly Sample[]): number {
  return samples.reduce((sum, { value }) => sum + value, 0);
}

function last(node: SyntaxNode): SyntaxNode {
  return node.lastChild as SyntaxNode;
}

function find(node: SyntaxNode, name: string): SyntaxNode | undefined {
  if (node.name === name) return node;
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    const found = find(child, name);
    if (found !== undefined) return found;
  }
  return undefined;
}
