import { parser } from "@prometheus-io/lezer-promql";

/** A metric with the labels that an expression names. */
export interface Selector {
  readonly metric: string;
  readonly labels: readonly { readonly name: string; readonly op: string; readonly value: string }[];
}

/**
 * What a PromQL expression names, by the grammar of Prometheus itself.
 * @throws Error for what is none
 */
export function readPromql(expression: string): {
  readonly selectors: readonly Selector[];
  /** The labels of `by` and `without`. */
  readonly grouped: readonly string[];
} {
  const selectors: { metric: string; labels: { name: string; op: string; value: string }[] }[] = [];
  const grouped: string[] = [];
  parser.parse(expression).iterate({
    enter({ name, from, to, node }) {
      const text = expression.slice(from, to);
      if (name === "⚠") throw new Error(`No PromQL at ${from}, "${text}": ${expression}`);
      if (name === "VectorSelector") {
        const metric = node.getChild("Identifier");
        selectors.push({
          metric: metric === null ? "" : expression.slice(metric.from, metric.to),
          labels: [],
        });
      }
      if (name === "UnquotedLabelMatcher") {
        const match = /^\s*(\w+)\s*(=~|!~|!=|=)\s*"(.*)"\s*$/s.exec(text);
        if (match === null) throw new Error(`No matcher: ${text}`);
        const [, label = "", op = "", value = ""] = match;
        selectors.at(-1)?.labels.push({ name: label, op, value: JSON.parse(`"${value}"`) });
      }
      if (name === "GroupingLabels") grouped.push(...(text.match(/\w+/g) ?? []));
    },
  });
  return { selectors, grouped };
}
