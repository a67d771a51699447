import { type Attributes, type Definition, label } from "./definitions.ts";

/** What also hears of each value of a histogram: one of OpenTelemetry. */
export interface Recorder {
  record(value: number, attributes: Attributes): void;
}

abstract class Series {
  readonly attributes: Attributes;
  #labels: { readonly [label: string]: string } | undefined;

  constructor(attributes: Attributes) {
    this.attributes = attributes;
  }

  /** The attributes as Prometheus names them. */
  get labels(): { readonly [label: string]: string } {
    this.#labels ??= Object.fromEntries(
      Object.entries(this.attributes).map(([name, value]) => [label(name), value]),
    );
    return this.#labels;
  }
}

/** One number that grows. */
export class CounterSeries extends Series {
  value = 0;

  add(count: number): void {
    this.value += count;
  }
}

/** How many values were in which range. */
export class HistogramSeries extends Series {
  readonly boundaries: readonly number[];
  /** For each boundary how many values were above the one before and not above it, and then those above all. */
  readonly counts: number[];
  sum = 0;
  count = 0;
  readonly #family: HistogramFamily;

  constructor(attributes: Attributes, family: HistogramFamily) {
    super(attributes);
    this.#family = family;
    this.boundaries = family.definition.boundaries ?? [];
    this.counts = new Array<number>(this.boundaries.length + 1).fill(0);
  }

  record(value: number): void {
    const { boundaries } = this;
    let index = 0;
    // Most values are small, so that this is faster than halving.
    while (index < boundaries.length && value > (boundaries[index] as number)) index++;
    this.counts[index] = (this.counts[index] as number) + 1;
    this.sum += value;
    this.count++;
    this.#family.recorder?.record(value, this.attributes);
  }
}

/** All series of one metric. */
abstract class Family<S extends Series> {
  readonly definition: Definition;
  readonly #series = new Map<string, S>();

  constructor(definition: Definition) {
    this.definition = definition;
  }

  protected abstract make(attributes: Attributes): S;

  /** The series with these attributes, of which those are looked at that the metric has. */
  of(attributes: Attributes = {}): S {
    let key = "";
    // Values are names and numbers, so that none holds a line break.
    for (const name of this.definition.attributes) key += `${attributes[name] ?? ""}\n`;
    let series = this.#series.get(key);
    if (series === undefined) {
      const own = this.definition.attributes.filter((name) => attributes[name] !== undefined);
      series = this.make(Object.fromEntries(own.map((name) => [name, attributes[name]])));
      this.#series.set(key, series);
    }
    return series;
  }

  all(): Iterable<S> {
    return this.#series.values();
  }
}

export class CounterFamily extends Family<CounterSeries> {
  protected override make(attributes: Attributes): CounterSeries {
    return new CounterSeries(attributes);
  }
}

export class HistogramFamily extends Family<HistogramSeries> {
  recorder: Recorder | undefined;

  protected override make(attributes: Attributes): HistogramSeries {
    return new HistogramSeries(attributes, this);
  }
}
