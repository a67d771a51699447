import parse from "parse-prometheus-text-format";
import { readPromql } from "./promql.ts";

/** One metric as a parser of Prometheus' text has it. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: "COUNTER" | "GAUGE" | "HISTOGRAM" | "SUMMARY" | "UNTYPED";
}

export interface Sample {
  readonly name: string;
  readonly labels: { readonly [label: string]: string };
  readonly value: number;
}

/** The text that Prometheus is given. */
export class PrometheusText {
  readonly families: readonly Family[];
  readonly samples: readonly Sample[];

  /** @throws Error when it is none */
  constructor(text: string) {
    // Of histograms this parser keeps no labels, so that samples are read one by one.
    this.families = parse(text) as Family[];
    this.samples = text
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map(readSample);
  }

  static async fetch(url: string | URL): Promise<PrometheusText> {
    const response = await fetch(url);
    if (response.status !== 200)
      throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
    return new PrometheusText(await response.text());
  }

  /** The sum of the samples of this name that have these labels. */
  sum(name: string, labels: { readonly [label: string]: string } = {}): number {
    return this.samples
      .filter((sample) => sample.name === name)
      .filter((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value))
      .reduce((sum, { value }) => sum + value, 0);
  }
}

/** What stands before a sample's value is a selector of PromQL. */
function readSample(line: string): Sample {
  const end = line.lastIndexOf(" ");
  const value = line.slice(end + 1);
  const [selector, ...more] = readPromql(line.slice(0, end)).selectors;
  if (selector === undefined || more.length > 0 || !/^([-+]?Inf|nan|[-+\d.e]+)$/i.test(value))
    throw new Error(`No sample: ${line}`);
  const labels = Object.fromEntries(selector.labels.map(({ name, value }) => [name, value]));
  if (Object.keys(labels).length !== selector.labels.length) throw new Error(`A label twice: ${line}`);
  return { name: selector.metric, labels, value: Number(value.replace("Inf", "Infinity")) };
}
