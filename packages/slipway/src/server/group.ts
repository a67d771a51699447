import type { Feature, FeatureKind, Features, Provider } from "./feature.ts";
import type { Chain } from "./middleware.ts";

export interface GroupOptions {
  /** Put in front of the names of tools and prompts. */
  prefix?: string;
  /** Put behind them. */
  suffix?: string;
  /** Between a name and its prefix or suffix. Default: `"_"`, which every model provider takes in tool names. */
  separator?: string;
}

const NAMED: ReadonlySet<FeatureKind> = new Set<FeatureKind>(["tools", "prompts"]);

/**
 * A mounted server: its features under other names, each wrapped by its middleware. What changes there changes
 * here.
 */
export class Group implements Provider {
  readonly #inner: Provider;
  readonly #before: string;
  readonly #after: string;
  #cache: { generation: number; lists: Map<FeatureKind, readonly Feature[]> } | undefined;

  constructor(inner: Provider, { prefix = "", suffix = "", separator = "_" }: GroupOptions) {
    this.#inner = inner;
    this.#before = prefix === "" ? "" : prefix + separator;
    this.#after = suffix === "" ? "" : separator + suffix;
  }

  get generation(): number {
    return this.#inner.generation;
  }

  contains(other: Provider): boolean {
    return this.#inner === other || (this.#inner.contains?.(other) ?? false);
  }

  features<K extends FeatureKind>(kind: K): readonly Features[K][] {
    if (!this.#renames(kind)) return this.#inner.features(kind);
    const { generation } = this.#inner;
    if (this.#cache?.generation !== generation) this.#cache = { generation, lists: new Map() };
    let list = this.#cache.lists.get(kind) as readonly Features[K][] | undefined;
    if (list === undefined) {
      list = this.#inner.features(kind).map((feature) => this.#rename(feature));
      this.#cache.lists.set(kind, list);
    }
    return list;
  }

  feature<K extends FeatureKind>(kind: K, key: string): Features[K] | undefined {
    if (!this.#renames(kind)) return this.#wrapped(this.#inner.feature(kind, key));
    if (!key.startsWith(this.#before) || !key.endsWith(this.#after)) return undefined;
    if (key.length < this.#before.length + this.#after.length) return undefined;
    const name = key.slice(this.#before.length, key.length - this.#after.length);
    const found = this.#inner.feature(kind, name);
    return this.#wrapped(found === undefined ? undefined : this.#rename(found));
  }

  #wrapped<F extends Feature>(feature: F | undefined): F | undefined {
    const outer = this.#inner.chain;
    if (feature === undefined || outer === undefined) return feature;
    const inner = feature.chain;
    const chain: Chain = inner === undefined ? outer : (ctx, last) => outer(ctx, () => inner(ctx, last));
    return { ...feature, chain };
  }

  #renames(kind: FeatureKind): boolean {
    return NAMED.has(kind) && (this.#before !== "" || this.#after !== "");
  }

  #rename<F extends Feature>(feature: F): F {
    const key = this.#before + feature.key + this.#after;
    return { ...feature, key, definition: { ...feature.definition, name: key } };
  }
}
