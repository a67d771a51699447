import type { Principal } from "../ports/index.ts";
import type { Identity, Revision } from "../protocol/eras/index.ts";
import { META, Revisions } from "../protocol/eras/index.ts";
import type { RpcError } from "../protocol/errors.ts";
import { describe, isObject } from "../protocol/jsonrpc.ts";
import { isExtensionIdentifier } from "../protocol/meta-key.ts";
import type { CacheHints, Icon, Implementation, ServerCapabilities } from "../protocol/types.ts";
import type { Call } from "./call.ts";
import { type ChangeNotifications, Changes, checkChange, type ListKind } from "./changes.ts";
import type { Context } from "./context.ts";
import { methodOf } from "./dispatch.ts";
import { type PreparedElicitation, prepareElicitation } from "./elicit.ts";
import { type ErrorHandler, fromHandler, sendable, toRpcError } from "./failure.ts";
import { type FeatureKind, type Features, isVisible, type Provider } from "./feature.ts";
import { Lists } from "./lists.ts";
import { LogFilter, type RedactOptions, type ReviewLog } from "./log-filter.ts";
import { careful, defaultLogger, type Logger } from "./logger.ts";
import { type Chain, compose, type Middleware } from "./middleware.ts";
import type { Outcome } from "./outcome.ts";
import type { Prompt } from "./prompts.ts";
import { Registry } from "./registry.ts";
import type { Resource, ResourceTemplate } from "./resources.ts";
import { type CallHost, type Continuation, runCall } from "./run.ts";
import { compileSchema, type JsonSchemaValidator, type Schema, type SchemaAdapter } from "./schema/index.ts";
import { type TaskSettings, taskSettingsOf } from "./tasks/settings.ts";
import type { Tool } from "./tools.ts";

export interface McpServerOptions {
  name: string;
  version: string;
  /** For people. */
  title?: string;
  description?: string;
  icons?: Icon[];
  websiteUrl?: string;
  /** How to use the server, for the model to read. */
  instructions?: string;
  /** Default: errors and warnings on stderr. */
  logger?: Logger;
  /**
   * What is kept out of log messages to clients: what is recognisably secret, unless `false`. Further names and
   * patterns are secret on demand; a function, or `review`, sees every message last, may change it and keep it back.
   * @see https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/logging#security
   */
  redact?: RedactOptions | ReviewLog | false;
  /** Turns a schema of your library into JSON Schema, where the schema cannot do so itself. */
  schemaAdapter?: SchemaAdapter;
  /** Checks values against raw JSON Schemas. Default: the optional peer `@cfworker/json-schema`. */
  jsonSchemaValidator?: JsonSchemaValidator;
  /** How many entries a page of a list holds. Default: 1000. */
  pageSize?: number;
  /**
   * How many questions a call may ask its client, over all rounds. Default: 100.
   * @see https://modelcontextprotocol.io/specification/2026-07-28/client/sampling#security-considerations
   */
  maxAsksPerCall?: number;
  /**
   * The revisions of the protocol that are served, such as `["2026-07-28"]`. Default: all from 2024-11-05 on.
   * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/versioning#protocol-version-negotiation
   */
  protocolVersions?: readonly string[];
  /**
   * Extensions of the protocol that the server supports, by identifier (such as `com.example/ui`), with their
   * settings. What a client supports is in `ctx.client.capabilities.extensions`.
   * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/versioning#extension-negotiation
   */
  extensions?: { readonly [identifier: string]: object };
  /** How long tasks are kept, and how many are run: see `task` of a tool's definition. */
  tasks?: TaskSettings;
  /** How clients may cache lists and what the server says about itself. Default: `{ ttlMs: 0 }`. */
  cacheHints?: CacheHints;
}

const DEFAULT_PAGE_SIZE = 1000;
const DEFAULT_MAX_ASKS = 100;

/** Which feature a method needs before it exists. */
const NEEDS: ReadonlyMap<string, ListKind | "completions" | "tasks"> = new Map<
  string,
  ListKind | "completions" | "tasks"
>([
  ["tools/list", "tools"],
  ["tools/call", "tools"],
  ["resources/list", "resources"],
  ["resources/templates/list", "resources"],
  ["resources/read", "resources"],
  ["resources/subscribe", "resources"],
  ["resources/unsubscribe", "resources"],
  ["prompts/list", "prompts"],
  ["prompts/get", "prompts"],
  ["completion/complete", "completions"],
  ["tasks/get", "tasks"],
  ["tasks/result", "tasks"],
  ["tasks/update", "tasks"],
  ["tasks/cancel", "tasks"],
  ["tasks/list", "tasks"],
]);

/**
 * What a server is to those that serve it: it takes a {@link Call} and gives an {@link Outcome}, and tells
 * of changes. Transports, and nothing else, use it.
 */
export class ServerCore implements Provider, CallHost {
  readonly options: McpServerOptions;
  readonly logger: Logger;
  readonly identity: Identity;
  readonly maxAsks: number;
  readonly logFilter: LogFilter;
  readonly taskSettings: Required<TaskSettings>;
  readonly revisions: Revisions;
  readonly changes = new Changes();
  readonly lists: Lists;
  readonly tools: Registry<Tool>;
  readonly prompts: Registry<Prompt>;
  readonly resources: Registry<Resource>;
  readonly templates: Registry<ResourceTemplate>;
  readonly #mounted: Provider[] = [];
  readonly #middleware: Middleware[] = [];
  #chain: Chain | undefined;
  #onError: ErrorHandler | undefined;
  #own = 0;
  /** Lists that were ever filled stay offered, so that a client's view of the server does not flicker. */
  readonly #offered = new Set<ListKind | "completions" | "tasks">();
  /** The generation of the tools among which there is none that runs as a task. */
  #tasklessAt = -1;
  readonly #elicitations = new WeakMap<object, PreparedElicitation>();

  constructor(options: McpServerOptions) {
    this.options = options;
    checkExtensions(options.extensions);
    this.revisions = new Revisions(options.protocolVersions);
    this.maxAsks = options.maxAsksPerCall ?? DEFAULT_MAX_ASKS;
    this.taskSettings = taskSettingsOf(options.tasks);
    this.logger = careful(options.logger ?? defaultLogger);
    this.logFilter = new LogFilter(options.redact, this.logger);
    const { name, version, title, description, icons, websiteUrl } = options;
    const info: Implementation = { name, version, title, description, icons, websiteUrl } as Implementation;
    this.identity = {
      info: JSON.parse(JSON.stringify(info)) as Implementation,
      metaJson: JSON.stringify({ [META.serverInfo]: info }),
    };
    this.lists = new Lists(this, {
      pageSize: options.pageSize ?? DEFAULT_PAGE_SIZE,
      cacheHints: options.cacheHints ?? {},
      identity: this.identity,
    });
    const changed = (kind: ListKind) => () => {
      this.#own++;
      this.changes.listChanged(kind);
    };
    this.tools = new Registry("tool", changed("tools"));
    this.prompts = new Registry("prompt", changed("prompts"));
    this.resources = new Registry("resource", changed("resources"));
    this.templates = new Registry("resource template", changed("resources"));
  }

  get generation(): number {
    return this.#mounted.reduce((sum, provider) => sum + provider.generation, this.#own);
  }

  features<K extends FeatureKind>(kind: K): readonly Features[K][] {
    const own = this.#registry(kind).list();
    if (this.#mounted.length === 0) return own;
    const all = new Map(own.map((feature) => [feature.key, feature]));
    for (const provider of this.#mounted) {
      for (const feature of provider.features(kind)) {
        if (!all.has(feature.key)) all.set(feature.key, feature);
      }
    }
    return [...all.values()];
  }

  feature<K extends FeatureKind>(kind: K, key: string): Features[K] | undefined {
    const own = this.#registry(kind).get(key);
    if (own !== undefined || this.#mounted.length === 0) return own;
    for (const provider of this.#mounted) {
      const found = provider.feature(kind, key);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #registry<K extends FeatureKind>(kind: K): Registry<Features[K]> {
    return this[kind] as unknown as Registry<Features[K]>;
  }

  /** Adds another source of features, after those that are there. */
  mount(provider: Provider): void {
    for (const kind of ["tools", "prompts", "resources", "templates"] as const) {
      for (const { key } of provider.features(kind)) {
        if (this.feature(kind, key) === undefined) continue;
        this.logger.warn(
          `"${key}" of a mounted server is hidden: there is one among the ${kind} already. ` +
            (kind === "tools" || kind === "prompts"
              ? "Give the mounted server a prefix."
              : "Change one of the URIs."),
        );
      }
    }
    this.#mounted.push(provider);
    this.#own++;
  }

  contains(other: Provider): boolean {
    return this === other || this.#mounted.some((provider) => provider.contains?.(other));
  }

  get chain(): Chain | undefined {
    return this.#chain;
  }

  use(middleware: Middleware): void {
    this.#middleware.push(middleware);
    this.#chain = compose([...this.#middleware]);
  }

  set onError(handler: ErrorHandler) {
    this.#onError = handler;
  }

  offers(method: string): boolean {
    const needed = NEEDS.get(method);
    return needed === undefined || this.#has(needed);
  }

  /** Whether some tool runs as a task, or did. */
  get runsTasks(): boolean {
    if (this.#offered.has("tasks")) return true;
    const { generation } = this;
    if (this.#tasklessAt === generation) return false;
    if (this.features("tools").some((tool) => tool.task !== undefined)) this.#offered.add("tasks");
    else this.#tasklessAt = generation;
    return this.#offered.has("tasks");
  }

  #has(kind: ListKind | "completions" | "tasks"): boolean {
    if (kind === "tasks") return this.runsTasks;
    if (this.#offered.has(kind)) return true;
    const has =
      kind === "completions"
        ? this.features("prompts").some((p) => p.complete.size > 0) ||
          this.features("templates").some((t) => t.complete.size > 0)
        : this.features(kind).length > 0 || (kind === "resources" && this.features("templates").length > 0);
    if (has) this.#offered.add(kind);
    return has;
  }

  /** What the server can do for the client of this call. */
  capabilities(call: Pick<Call, "listens" | "principal" | "tasks">): ServerCapabilities {
    const changes = call.listens ? { listChanged: true } : {};
    return {
      ...(this.#has("tools") && { tools: changes }),
      ...(this.#has("resources") && { resources: { ...changes, ...(call.listens && { subscribe: true }) } }),
      ...(this.#has("prompts") && { prompts: changes }),
      ...(this.#has("completions") && { completions: {} }),
      logging: {},
      ...(call.tasks !== undefined && this.runsTasks && { tasks: { list: call.tasks.lists(call) } }),
      ...(this.options.extensions !== undefined && { extensions: { ...this.options.extensions } }),
    };
  }

  /** @throws TypeError when it is not a change that clients are told of */
  publish<M extends keyof ChangeNotifications>(method: M, params: ChangeNotifications[M]): void {
    checkChange(method, params);
    const [, kind] = method.split("/");
    if (!this.#has(kind as ListKind)) return;
    this.changes.publish({ method, params } as Parameters<Changes["publish"]>[0]);
  }

  /** Prepared once for each schema object. */
  compileElicitation(schema: Schema): PreparedElicitation {
    let prepared = this.#elicitations.get(schema);
    if (prepared === undefined) {
      prepared = prepareElicitation(this.compile(schema, "input", "schema of ctx.elicit"));
      this.#elicitations.set(schema, prepared);
      for (const name of prepared.links) {
        this.logger.warn(
          `The field "${name}" of a form has a link; send users to it by ctx.elicit({ url }).`,
        );
      }
    }
    return prepared;
  }

  compile(schema: Schema, io: "input" | "output", where: string) {
    const { schemaAdapter, jsonSchemaValidator } = this.options;
    return compileSchema(schema, { io, where, schemaAdapter, jsonSchemaValidator });
  }

  customError(error: unknown, ctx: Context): RpcError | undefined {
    const answer = this.#onError?.(error, ctx);
    return answer === undefined ? undefined : fromHandler(answer);
  }

  /** Serves a call. Never throws and never rejects: what fails is an outcome too. */
  dispatch(call: Call, continuation: Continuation): Outcome | Promise<Outcome> {
    try {
      const outcome = runCall(call, this, continuation);
      if (!(outcome instanceof Promise)) return this.#end(call, outcome);
      return outcome.then(
        (done) => this.#end(call, done),
        (error) => this.#end(call, this.#failed(error, call)),
      );
    } catch (error) {
      return this.#end(call, this.#failed(error, call));
    }
  }

  /** Serves what a call asks for, through the middleware. */
  serve(call: Call, ctx: Context): Outcome | Promise<Outcome> {
    try {
      const outcome =
        this.#chain === undefined
          ? methodOf(this, call)(this, call, ctx)
          : this.#chain(ctx, () => methodOf(this, call)(this, call, ctx));
      return outcome instanceof Promise ? outcome.catch((error) => this.#caught(error, call, ctx)) : outcome;
    } catch (error) {
      return this.#caught(error, call, ctx);
    }
  }

  #caught(error: unknown, call: Call, ctx: Context): Outcome | Promise<Outcome> {
    if (call.suspension !== undefined) return call.suspension;
    const own = this.customError(error, ctx);
    return own === undefined ? this.#failed(error, call) : { kind: "error", error: own };
  }

  #failed(error: unknown, call: Call): Outcome {
    return { kind: "error", error: toRpcError(error, call, this.logger) };
  }

  #end(call: Call, outcome: Outcome): Outcome {
    call.ended = true;
    if (outcome.kind !== "error") return outcome;
    return { kind: "error", error: sendable(outcome.error, call, this.logger) };
  }

  /** Parameters of a tool that modern clients mirror into headers. */
  paramHeadersOf(name: unknown, principal: Principal | undefined): Tool["paramHeaders"] {
    const tool = typeof name === "string" ? this.feature("tools", name) : undefined;
    // To those who may not see it, a tool does not exist, nor what it asks for.
    return tool !== undefined && isVisible(tool, principal) ? tool.paramHeaders : [];
  }

  /** The JSON text of a completed outcome's result, in a revision's form. */
  encode(revision: Revision, outcome: Extract<Outcome, { kind: "complete" }>): string {
    return revision.encodeComplete(outcome.result, this.identity, outcome.cache);
  }
}

function checkExtensions(extensions: McpServerOptions["extensions"] = {}): void {
  for (const [identifier, settings] of Object.entries(extensions)) {
    if (!isExtensionIdentifier(identifier)) {
      throw new TypeError(
        `extensions: expected an identifier with a prefix such as "com.example/ui", got "${identifier}".`,
      );
    }
    if (!isObject(settings)) {
      throw new TypeError(`extensions["${identifier}"]: expected an object, got ${describe(settings)}.`);
    }
  }
}
