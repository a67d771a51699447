/** What `/metrics` says at a time. */
export interface Scrape {
  /** In seconds. */
  readonly at: number;
  readonly samples: readonly Sample[];
  /** Metrics that there are, also where nothing was counted yet. */
  readonly names: ReadonlySet<string>;
}

export interface Sample {
  readonly name: string;
  readonly labels: { readonly [name: string]: string };
  readonly value: number;
}

/** @param url of the MCP endpoint, beside which the metrics are */
export async function scrape(url: string | URL): Promise<Scrape> {
  const response = await fetch(new URL("/metrics", url));
  if (!response.ok) throw new Error(`/metrics answered ${response.status}: ${await response.text()}`);
  const text = await response.text();
  const names = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = ""]) => name));
  return { at: performance.now() / 1_000, samples: parse(text), names };
}

/** As Prometheus sees instances: all of them. */
export function together(scrapes: readonly Scrape[]): Scrape {
  return {
    at: Math.max(...scrapes.map(({ at }) => at)),
    samples: scrapes.flatMap(({ samples }) => samples),
    names: new Set(scrapes.flatMap(({ names }) => [...names])),
  };
}

function parse(text: string): Sample[] {
  const samples: Sample[] = [];
  for (const line of text.split("\n")) {
    const [, name, labels = "", value] = /^([a-z_:][\w:]*)(?:\{(.*)\})? (\S+)/i.exec(line) ?? [];
    if (name === undefined) continue;
    samples.push({ name, labels: labelsOf(labels), value: value === "+Inf" ? Infinity : Number(value) });
  }
  return samples;
}

function labelsOf(text: string): { [name: string]: string } {
  const pairs = text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g);
  return Object.fromEntries([...pairs].map(([, name, value]) => [name, value]));
}
