import type { Principal } from "../ports/index.ts";
import type {
  Annotations,
  CacheHints,
  Icon,
  Meta,
  ReadResourceResult,
  ResourceContents,
} from "../protocol/types.ts";
import { toBase64 } from "./base64.ts";
import type { Completer, CompletionSource } from "./completer.ts";
import { firstProblem, metaProblem, type Problem, resourceContentsProblem } from "./content.ts";
import type { Context } from "./context.ts";
import type { Access, Feature, Provider } from "./feature.ts";
import { isVisible } from "./feature.ts";
import type { UriTemplate } from "./uri-template/index.ts";

type MaybePromise<T> = T | Promise<T>;

/** The values of a template's variables, as they were in the URI. */
export type Variables = { readonly [name: string]: string };

/**
 * What a resource's handler may return. `undefined` and `null` say that there is no such resource; an empty list
 * says that there is one, with nothing in it.
 */
export type ResourceReturn =
  | string
  | Uint8Array
  | ResourceContents
  | readonly ResourceContents[]
  | (ReadResourceResult & { cacheHints?: CacheHints })
  | null
  | undefined;

export type ResourceHandler<V, State extends object> = (
  uri: URL,
  variables: V,
  ctx: Context<State>,
) => MaybePromise<ResourceReturn>;

export interface ResourceDescription extends Access {
  /** Default: the URI, or the template. */
  name?: string;
  title?: string;
  description?: string;
  mimeType?: string;
  /** In bytes. */
  size?: number;
  annotations?: Annotations;
  icons?: Icon[];
  _meta?: Meta;
  /** How clients may cache what is read. Default: not at all. */
  cacheHints?: CacheHints;
}

/** One entry that a template contributes to `resources/list`. */
export interface ListedResource {
  uri: string;
  name: string;
  title?: string;
  description?: string;
  mimeType?: string;
  size?: number;
  annotations?: Annotations;
  icons?: Icon[];
  _meta?: Meta;
}

export interface ResourceDefinition<V, State extends object> extends ResourceDescription {
  /** Suggests values for a template's variables: all there are, or a function that finds them. */
  complete?: { [name in keyof V]?: CompletionSource };
  /** Resources of a template that are worth listing. */
  list?: (ctx: Context<State>) => MaybePromise<readonly ListedResource[]>;
  handler: ResourceHandler<V, State>;
}

export interface Resource extends Feature {
  readonly cacheHints: CacheHints | undefined;
  read(uri: URL, variables: Variables, ctx: Context): MaybePromise<ResourceReturn>;
}

export interface ResourceTemplate extends Resource {
  readonly template: UriTemplate;
  readonly complete: ReadonlyMap<string, Completer>;
  readonly list: ((ctx: Context) => MaybePromise<readonly ListedResource[]>) | undefined;
}

/** Names of the variables in a template's text, as a type. */
export type VariablesOf<Template extends string> = string extends Template
  ? Variables
  : { readonly [Name in NamesIn<Template>]: string };

type NamesIn<T extends string> = T extends `${string}{${infer Expression}}${infer Rest}`
  ? NamesOf<Trim<Expression>> | NamesIn<Rest>
  : never;
type Trim<E extends string> = E extends `${"+" | "#" | "." | "/" | ";" | "?" | "&"}${infer Names}`
  ? Names
  : E;
type NamesOf<E extends string> = E extends `${infer First},${infer Rest}`
  ? Bare<First> | NamesOf<Rest>
  : Bare<E>;
type Bare<E extends string> = E extends `${infer Name}*`
  ? Name
  : E extends `${infer Name}:${string}`
    ? Name
    : E;

export interface Match {
  readonly resource: Resource;
  readonly variables: Variables;
}

/**
 * The resource that a URI names: one registered under it, else the most specific template that matches. Where
 * the caller may not see that one, there is none: a less specific template is not asked in its place.
 */
export function matchResource(
  provider: Provider,
  uri: string,
  principal: Principal | undefined,
): Match | undefined {
  const exact = provider.feature("resources", uri);
  if (exact !== undefined)
    return isVisible(exact, principal) ? { resource: exact, variables: {} } : undefined;
  let best: { template: ResourceTemplate; variables: Variables; visible: boolean } | undefined;
  for (const template of provider.features("templates")) {
    const ahead = best === undefined ? 1 : template.template.specificity - best.template.template.specificity;
    if (ahead < 0 || (ahead === 0 && best?.visible)) continue;
    const values = template.template.match(uri);
    if (values === undefined) continue;
    const variables = toVariables(values);
    if (leadsToRoot(uri, variables)) continue;
    best = { template, variables, visible: isVisible(template, principal) };
  }
  if (!best?.visible) return undefined;
  const resource = provider.feature("templates", best.template.key) ?? best.template;
  return { resource, variables: best.variables };
}

/**
 * Whether a file's path in a variable begins at the root, so that it would lead out of the folder to which a
 * handler joins it. That no value has a segment `..` the template sees to.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/resources#security-considerations
 */
function leadsToRoot(uri: string, variables: Variables): boolean {
  return /^file:/i.test(uri) && Object.values(variables).some((value) => /^[/\\]/.test(value));
}

function toVariables(values: ReadonlyMap<string, string | readonly string[]>): Variables {
  const variables = Object.create(null) as { [name: string]: string };
  for (const [name, value] of values) variables[name] = typeof value === "string" ? value : value.join(",");
  return variables;
}

/** Makes a result of whatever a handler returned, or `undefined` when there is no such resource. */
export function toReadResourceResult(
  uri: string,
  mimeType: string | undefined,
  returned: ResourceReturn,
): (ReadResourceResult & { cacheHints?: CacheHints }) | undefined {
  if (returned === undefined || returned === null) return undefined;
  const head = mimeType === undefined ? { uri } : { uri, mimeType };
  if (typeof returned === "string") return { contents: [{ ...head, text: returned }] };
  if (returned instanceof Uint8Array) return { contents: [{ ...head, blob: toBase64(returned) }] };
  const result = withContents(returned);
  const problem = firstProblem(result.contents, "contents", contentsProblem) ?? metaProblem(result._meta);
  if (problem === undefined) return result;
  throw new Error(`The handler of ${uri} returned what is not the contents of a resource: ${problem}.`);
}

function contentsProblem(contents: ResourceContents): Problem {
  return resourceContentsProblem(contents) ?? metaProblem(contents._meta);
}

function withContents(
  returned: Exclude<ResourceReturn, string | Uint8Array | null | undefined>,
): ReadResourceResult & { cacheHints?: CacheHints } {
  if (Array.isArray(returned)) return { contents: returned };
  if ("contents" in returned && Array.isArray(returned.contents)) return returned;
  return { contents: [returned as ResourceContents] };
}
