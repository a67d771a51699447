import { isObject } from "../protocol/jsonrpc.ts";
import type { Meta } from "../protocol/types.ts";
import { checkCacheHints } from "./cache-hints.ts";
import type { ChangeNotifications } from "./changes.ts";
import { type Completer, type CompletionSource, completerOfList } from "./completer.ts";
import { annotationsProblem, metaProblem } from "./content.ts";
import { Context, type NotifyArguments } from "./context.ts";
import { type McpServerOptions, ServerCore } from "./core.ts";
import type { ErrorHandler } from "./failure.ts";
import { accessOf } from "./feature.ts";
import { Group, type GroupOptions } from "./group.ts";
import { Handle, type HandleArguments, type HandleOptions, openHandles } from "./handles.ts";
import type { Middleware } from "./middleware.ts";
import {
  type ArgumentsOf,
  argumentsOfSchema,
  type PromptArgument,
  type PromptArguments,
  type PromptDefinition,
} from "./prompts.ts";
import type { FeatureSwitch } from "./registry.ts";
import type {
  ResourceDefinition,
  ResourceDescription,
  ResourceHandler,
  Variables,
  VariablesOf,
} from "./resources.ts";
import { type CompiledSchema, mcpParamHeaders, type Schema } from "./schema/index.ts";
import type { GuardedTool, TaskSupport, Tool, ToolDefinition } from "./tools.ts";
import { isUri } from "./uri.ts";
import { parseUriTemplate } from "./uri-template/index.ts";

/** The input of a tool without parameters: the empty object, by the server's own hand, without a validator. */
const NO_INPUT: CompiledSchema = {
  json: { type: "object", additionalProperties: false },
  validate(value) {
    const names = Object.keys(value as object);
    if (names.length === 0) return { ok: true, value };
    return {
      ok: false,
      issues: names.map((path) => ({ path, message: "Not allowed here: the tool has no parameters." })),
    };
  },
};

/**
 * An MCP server: its tools, resources and prompts, whatever client and transport will come to them.
 *
 * @typeParam State what middleware leaves in `ctx.state`
 */
export class McpServer<State extends object = { [key: string]: unknown }> {
  /** For transports. */
  readonly core: ServerCore;

  /** @throws TypeError when the name or the version is missing */
  constructor(options: McpServerOptions) {
    for (const member of ["name", "version"] as const) {
      if (typeof options?.[member] === "string" && options[member] !== "") continue;
      throw new TypeError(`new McpServer({ name, version }): "${member}" must be a text that is not empty.`);
    }
    checkCacheHints(options.cacheHints, "new McpServer({ cacheHints })");
    for (const member of ["pageSize", "maxAsksPerCall"] as const) {
      const value = options[member];
      if (value === undefined || (Number.isSafeInteger(value) && value > 0)) continue;
      throw new TypeError(`new McpServer({ ${member} }): expected a positive integer, got ${String(value)}.`);
    }
    this.core = new ServerCore(options);
  }

  /** Switches tools at run time. */
  get tools(): FeatureSwitch {
    return this.core.tools;
  }

  get prompts(): FeatureSwitch {
    return this.core.prompts;
  }

  /** Switches resources, by URI, at run time. */
  get resources(): FeatureSwitch {
    return this.core.resources;
  }

  /** Switches resource templates, by the template's text, at run time. */
  get resourceTemplates(): FeatureSwitch {
    return this.core.templates;
  }

  /**
   * Adds a tool.
   *
   * @param name 1 to 128 of `A-Z a-z 0-9 _ - .`; others are taken with a warning in the log
   * @throws Error when the name is taken, or a schema cannot be used
   * @see https://modelcontextprotocol.io/specification/2026-07-28/server/tools
   */
  tool<
    const I extends Schema | undefined = undefined,
    const O extends Schema | undefined = undefined,
    const H extends HandleArguments | undefined = undefined,
  >(name: string, definition: ToolDefinition<I, O, State, H>): this {
    checkHandler("tool", name, definition);
    checkMeta("tool", name, definition._meta);
    if (!/^[A-Za-z0-9_.-]{1,128}$/.test(name)) {
      this.core.logger.warn(
        `The tool name "${name}" is not 1 to 128 of A-Z a-z 0-9 _ - . and some clients refuse it.`,
      );
    }
    const { title, description, inputSchema, outputSchema, annotations, icons, _meta } = definition;
    const task = taskOf(name, definition.task);
    const where = (kind: string) => `${kind} of the tool "${name}"`;
    const input =
      inputSchema === undefined ? NO_INPUT : this.core.compile(inputSchema, "input", where("inputSchema"));
    const output =
      outputSchema === undefined
        ? undefined
        : this.core.compile(outputSchema, "output", where("outputSchema"));
    const tool: Tool = {
      key: name,
      definition: defined({
        name,
        title,
        description,
        icons,
        inputSchema: input.json,
        outputSchema: output?.json,
        annotations,
        execution: task && { taskSupport: task },
        _meta,
      }),
      ...accessOf(definition, `tool "${name}"`),
      input,
      output,
      task,
      detaches: task && definition.taskBegins === "on detach",
      paramHeaders: mcpParamHeaders(input.json, where("inputSchema")),
      run: this.#runOf(name, definition as never),
    };
    this.core.tools.add(tool, definition.enabled);
    return this;
  }

  #runOf(
    name: string,
    definition: ToolDefinition<undefined, undefined, State, HandleArguments>,
  ): Tool["run"] {
    const { handles, guard, fallback, handler } = definition;
    const opening = (run: unknown) => runOf(handles, run as Tool["run"]);
    if (guard === undefined) {
      if (fallback === undefined) return opening(handler);
      throw new TypeError(`tool("${name}", { fallback }): a fallback needs a guard, as of "slipway/limits".`);
    }
    const { logger } = this.core;
    return opening(
      guard({ name, logger, run: handler as Tool["run"], fallback: fallback as GuardedTool["fallback"] }),
    );
  }

  /**
   * A kind of state that is kept for a client under an id which it passes back: what a session was for, where
   * there is none.
   *
   * @param name begins the ids; of `a-z 0-9 -`
   * @see https://modelcontextprotocol.io/specification/2026-07-28/server/tools#stateful-tools
   */
  handle<const S extends Schema | undefined = undefined>(
    name: string,
    options: HandleOptions<S> = {},
  ): Handle<S> {
    if (!/^[a-z0-9-]+$/.test(name))
      throw new TypeError(`handle("${name}"): expected a name of a-z, 0-9 and "-".`);
    const { schema, ttlMs } = options;
    const compiled =
      schema === undefined
        ? undefined
        : this.core.compile(schema as Schema, "output", `schema of the handle "${name}"`);
    return new Handle<S>(name, compiled, ttlMs, Context.callOf);
  }

  /**
   * Adds a resource under a URI, or all resources that a URI template of RFC 6570 names.
   *
   * @throws Error when the URI is taken, or is neither an absolute URI nor a template of one
   * @see https://modelcontextprotocol.io/specification/2026-07-28/server/resources
   */
  resource<const U extends string>(uri: U, definition: ResourceDefinition<VariablesOf<U>, State>): this;
  resource<const U extends string>(
    uri: U,
    description: ResourceDescription,
    handler: ResourceHandler<VariablesOf<U>, State>,
  ): this;
  resource(
    uri: string,
    description: ResourceDescription & Partial<ResourceDefinition<Variables, State>>,
    handler = description.handler,
  ): this {
    checkHandler("resource", uri, { handler });
    checkMeta("resource", uri, description._meta);
    checkCacheHints(description.cacheHints, `cacheHints of the resource "${uri}"`);
    const problem = annotationsProblem(description.annotations);
    if (problem !== undefined) throw new TypeError(`annotations of the resource "${uri}": ${problem}.`);
    const { name = uri, title, mimeType, size, annotations, icons, _meta } = description;
    const entry = {
      key: uri,
      ...accessOf(description, `resource "${uri}"`),
      cacheHints: description.cacheHints,
      read: handler as unknown as ResourceHandler<Variables, never>,
    };
    const common = { name, title, description: description.description, icons, mimeType, annotations, _meta };
    if (!uri.includes("{")) {
      if (!isUri(uri)) {
        throw new TypeError(
          `resource("${uri}"): expected an absolute URI such as "notes://all". Percent-encode what a URI cannot hold.`,
        );
      }
      this.core.resources.add(
        { ...entry, definition: defined({ uri, ...common, size }) },
        description.enabled,
      );
      return this;
    }
    const template = parseUriTemplate(uri);
    if (!/^[A-Za-z][A-Za-z0-9+.-]*:/.test(uri)) {
      throw new TypeError(
        `resource("${uri}"): expected a template that begins with a scheme, such as "notes://{id}".`,
      );
    }
    const complete = completersOf(description.complete, template.variables, `resource template "${uri}"`);
    const list = description.list as ((ctx: Context) => never) | undefined;
    const definition = defined({ uriTemplate: uri, ...common });
    this.core.templates.add({ ...entry, definition, template, complete, list }, description.enabled);
    return this;
  }

  /**
   * Adds a prompt.
   *
   * @throws Error when the name is taken, or the schema of its arguments cannot be used
   * @see https://modelcontextprotocol.io/specification/2026-07-28/server/prompts
   */
  prompt<const A extends PromptArguments | undefined = undefined>(
    name: string,
    definition: PromptDefinition<A, State>,
  ): this {
    checkHandler("prompt", name, definition);
    checkMeta("prompt", name, definition._meta);
    const { title, description, icons, _meta } = definition;
    const given = definition.arguments as PromptArguments | undefined;
    const listed = Array.isArray(given) ? (given as readonly PromptArgument[]) : undefined;
    const schema =
      given === undefined || listed !== undefined
        ? undefined
        : this.core.compile(given as Schema, "input", `arguments of the prompt "${name}"`);
    const args = listed ?? (schema === undefined ? [] : argumentsOfSchema(schema.json));
    const complete = completersOf(
      definition.complete,
      args.map((argument) => argument.name),
      `prompt "${name}"`,
    );
    this.core.prompts.add(
      {
        key: name,
        definition: defined({
          name,
          title,
          description,
          icons,
          arguments: args.length === 0 ? undefined : args,
          _meta,
        }),
        ...accessOf(definition, `prompt "${name}"`),
        arguments: args,
        schema,
        complete,
        run: (values, ctx) => definition.handler(values as ArgumentsOf<A>, ctx as never),
      },
      definition.enabled,
    );
    return this;
  }

  /**
   * Wraps every method from here on, the first one added outermost.
   * @typeParam Added what it leaves in `ctx.state` for those inside
   */
  use<Added extends object = object>(middleware: Middleware<State & Added>): McpServer<State & Added> {
    this.core.use(middleware as unknown as Middleware);
    return this as unknown as McpServer<State & Added>;
  }

  /**
   * Decides what a client is told of errors that handlers throw. `undefined` leaves an error to the server,
   * which masks whatever is neither a `ToolError` nor an `RpcError`.
   */
  onError(handler: ErrorHandler): this {
    this.core.onError = handler;
    return this;
  }

  /**
   * Mounts another server: what it offers is offered here too, also what is added to it later, and its middleware
   * wraps what is called, read, got and completed of it, within that of this server. Names of tools and prompts get
   * the prefix or suffix; where a name or URI is taken already, the earlier one stands, and a warning says so.
   *
   * @throws Error when this server is, or is mounted on, the other
   */
  group(prefix: string | GroupOptions, server: McpServer<never> | McpServer): this;
  group(server: McpServer<never> | McpServer): this;
  group(
    first: string | GroupOptions | McpServer<never> | McpServer,
    second?: McpServer<never> | McpServer,
  ): this {
    const server = second ?? (first as McpServer);
    const options =
      second === undefined ? {} : typeof first === "string" ? { prefix: first } : (first as GroupOptions);
    if (server.core.contains(this.core)) throw new Error("A server cannot be mounted on itself.");
    this.core.mount(new Group(server.core, options));
    server.core.changes.subscribe((change, from) => this.core.changes.publish(change, from));
    return this;
  }

  /**
   * Tells every client that listens of a change, wherever it is connected. Changes of lists are told without
   * this.
   * @see https://modelcontextprotocol.io/specification/2026-07-28/server/resources#subscriptions
   */
  notify<M extends keyof ChangeNotifications>(method: M, ...params: NotifyArguments<M>): void {
    this.core.publish(method, params[0] as ChangeNotifications[M]);
  }
}

function taskOf(name: string, task: TaskSupport = "never"): "optional" | "required" | undefined {
  if (task === "optional" || task === "required") return task;
  if (task === "never") return undefined;
  throw new TypeError(`tool("${name}", { task }): expected "optional", "required" or "never", got ${task}.`);
}

/** Opens the handles among the arguments before the handler runs. */
function runOf(handles: HandleArguments | undefined, handler: Tool["run"]): Tool["run"] {
  if (handles === undefined) return handler;
  return async (args, ctx) => handler(await openHandles(handles, args, ctx), ctx);
}

function checkHandler(noun: string, name: string, definition: { handler?: unknown }): void {
  if (typeof name !== "string" || name === "")
    throw new TypeError(`A ${noun} needs a name that is not empty.`);
  if (isObject(definition) && typeof definition.handler === "function") return;
  throw new TypeError(`The ${noun} "${name}" needs a handler: ${noun}("${name}", { handler: … }).`);
}

function checkMeta(noun: string, name: string, meta: Meta | undefined): void {
  const problem = metaProblem(meta);
  if (problem !== undefined) throw new TypeError(`The ${noun} "${name}": ${problem}.`);
}

/** Leaves out what was not given, so that it is not listed. */
function defined(members: { [key: string]: unknown } & { _meta?: Meta | undefined }): {
  [key: string]: unknown;
} {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

function completersOf(
  complete: { [name: string]: CompletionSource | undefined } | undefined,
  names: readonly string[],
  where: string,
): ReadonlyMap<string, Completer> {
  const completers = new Map<string, Completer>();
  for (const [name, source] of Object.entries(complete ?? {})) {
    if (!names.includes(name)) throw new TypeError(`complete.${name}: the ${where} has no "${name}".`);
    if (source === undefined) continue;
    completers.set(name, typeof source === "function" ? source : completerOfList(source));
  }
  return completers;
}
