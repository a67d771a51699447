import type { Principal } from "../ports/index.ts";
import type { Identity, Revision } from "../protocol/eras/index.ts";
import { invalidParams } from "../protocol/errors.ts";
import type { CacheHints } from "../protocol/types.ts";
import { type Feature, type FeatureKind, isVisible, type Provider } from "./feature.ts";
import { EncodedJson } from "./outcome.ts";
import { InvalidCursorError, paginate } from "./pagination.ts";

/** Above this many remembered pages (revisions × cursors × audiences) all are forgotten. */
const MAX_PAGES = 512;

interface ListShape {
  /** The member of the result that holds the items. */
  readonly member: string;
  encode(revision: Revision, definition: { readonly [key: string]: unknown }): object;
}

const SHAPES: { readonly [K in FeatureKind]: ListShape } = {
  tools: { member: "tools", encode: (revision, definition) => revision.encodeTool(definition) },
  prompts: { member: "prompts", encode: (revision, definition) => revision.encodePrompt(definition) },
  resources: { member: "resources", encode: (revision, definition) => revision.encodeResource(definition) },
  templates: {
    member: "resourceTemplates",
    encode: (revision, definition) => revision.encodeResource(definition),
  },
};

export interface ListRequest {
  readonly kind: FeatureKind;
  readonly revision: Revision;
  readonly cursor: string | undefined;
  readonly principal: Principal | undefined;
}

export interface ListSettings {
  readonly pageSize: number;
  readonly cacheHints: CacheHints;
  readonly identity: Identity;
}

/** Serialised pages of a provider's lists, kept until the provider changes. */
export class Lists {
  readonly #provider: Provider;
  readonly #settings: ListSettings;
  readonly #pages = new Map<string, EncodedJson>();
  #generation = -1;

  constructor(provider: Provider, settings: ListSettings) {
    this.#provider = provider;
    this.#settings = settings;
  }

  /** @throws RpcError -32602 for a cursor that was never given out */
  page(request: ListRequest): EncodedJson {
    this.#forgetOldPages();
    const { kind, revision, cursor, principal } = request;
    const all = this.#provider.features(kind);
    const audience = audienceOf(all, principal);
    const name = JSON.stringify([kind, revision.version, cursor ?? null, audience ?? null]);
    let page = this.#pages.get(name);
    if (page === undefined) {
      const visible = audience === undefined ? all : all.filter((_, i) => audience[i] === "1");
      page = new EncodedJson(this.encode(request, visible, audience === undefined));
      this.#pages.set(name, page);
    }
    return page;
  }

  /** One page of `items` as JSON text. */
  encode({ kind, revision, cursor }: ListRequest, items: readonly Feature[], shared: boolean): string {
    const { pageSize, cacheHints, identity } = this.#settings;
    const shape = SHAPES[kind];
    const page = pageOf(kind, items, cursor, pageSize);
    const result = {
      [shape.member]: page.items.map((item) => shape.encode(revision, item.definition)),
      ...(page.nextCursor !== undefined && { nextCursor: page.nextCursor }),
    };
    // What differs from caller to caller must not be shared between them.
    const hints: CacheHints = shared
      ? { cacheScope: "public", ...cacheHints }
      : { ...cacheHints, cacheScope: "private" };
    return revision.encodeComplete(result, identity, hints);
  }

  #forgetOldPages(): void {
    const { generation } = this.#provider;
    if (this.#generation !== generation || this.#pages.size >= MAX_PAGES) this.#pages.clear();
    this.#generation = generation;
  }
}

/** Which of the features the caller sees, a digit for each; `undefined` when all callers see all. */
function audienceOf(features: readonly Feature[], principal: Principal | undefined): string | undefined {
  if (!features.some((feature) => feature.visible !== undefined)) return undefined;
  return features.map((feature) => (isVisible(feature, principal) ? "1" : "0")).join("");
}

function pageOf(kind: FeatureKind, items: readonly Feature[], cursor: string | undefined, pageSize: number) {
  try {
    return paginate(items, (item) => item.key, cursor, pageSize, kind);
  } catch (error) {
    if (error instanceof InvalidCursorError) throw invalidParams(error.message);
    throw error;
  }
}
