import { Revisions } from "../protocol/eras/index.ts";
import { ERROR_CODES, RpcError } from "../protocol/errors.ts";
import { isObject, type Params, type RequestId } from "../protocol/jsonrpc.ts";
import type {
  CallToolResult,
  GetPromptResult,
  Implementation,
  LoggingLevel,
  ReadResourceResult,
} from "../protocol/types.ts";
import { Connection, type Established } from "./connection.ts";
import { ClientError } from "./errors.ts";
import { HttpTransport } from "./http/transport.ts";
import type { CallOptions } from "./link.ts";
import { Subscription } from "./listen.ts";
import type { ClientOptions, RequestOptions } from "./options.ts";
import { pagesOf } from "./pages.ts";
import type { RawMessage } from "./raw-message.ts";
import { withAnswers } from "./rounds.ts";
import type { TaskStatus } from "./tasks/status.ts";
import { readTask, Task, type TaskResultOptions } from "./tasks/task.ts";
import { ToolBook } from "./tool-book.ts";
import type { ClientTransport, Listener } from "./transport.ts";
import type {
  CompleteResult,
  CompletionArgument,
  CompletionReference,
  ListPromptsResult,
  ListResourcesResult,
  ListResourceTemplatesResult,
  ListToolsResult,
  Notification,
  Prompt,
  Resource,
  ResourceTemplate,
  Result,
  SubscriptionFilter,
  Tool,
} from "./types.ts";

/** A call that the server may have made a task of. */
export type StartedCall = { readonly task: Task } | { readonly result: CallToolResult };

export interface StartOptions extends RequestOptions {
  /** How long the server is asked to keep the task, in milliseconds, in revisions where clients may ask for that. */
  ttlMs?: number;
}

/** A message to be passed on as it is. */
export interface ForwardRequest {
  /** The id that stands in the text. Over a pipe no other request may have it; this client's own ids are integers. */
  readonly id: RequestId;
  readonly method: string;
  /** The JSON text of the whole request. In revisions without handshake it says in `_meta` who speaks, and what. */
  readonly text: string;
  /** What `Mcp-Name` says, where the method has one: `params.name`, `params.uri` or `params.taskId`. */
  readonly name?: string;
  /** The progress token in the text, where it differs from the id. */
  readonly progressToken?: RequestId;
  /** Further headers, such as `Mcp-Param-*`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Gives the request up. In revisions with handshake and over a pipe, send `notifications/cancelled` besides. */
  readonly signal?: AbortSignal;
}

const TOOLS_CHANGED = "notifications/tools/list_changed";

/**
 * A client of one MCP server, whatever revision that speaks.
 *
 * Every request resolves with its result. It rejects with an `RpcError` when the server answers with an error, with a
 * {@link ClientError} when there is no answer, and with the reason of its signal when that fires.
 */
export class McpClient {
  readonly #connection: Connection;
  readonly #tools = new ToolBook();
  #established: Established;

  /**
   * Connects to a server, and finds out which revision to speak with it.
   * @param to where it is served over HTTP, or a transport
   * @throws ClientError, TypeError when an option makes no sense
   */
  static async connect(to: string | URL | ClientTransport, options: ClientOptions): Promise<McpClient> {
    const transport = typeof to === "string" || to instanceof URL ? new HttpTransport(to) : to;
    const connection = new Connection(transport, new Revisions(options.protocolVersions), options);
    try {
      return new McpClient(connection, await connection.established());
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  private constructor(connection: Connection, established: Established) {
    this.#connection = connection;
    this.#established = established;
    connection.onNotification(({ method }) => {
      if (method === TOOLS_CHANGED) this.#tools.forget();
    });
    connection.onLoss(() => this.#tools.forget());
  }

  /** The revision that is spoken. */
  get protocolVersion(): string {
    return this.#established.side.revision.version;
  }

  /** What the server says it is. Nothing to rely on. */
  get serverInfo(): Implementation | undefined {
    return this.#established.serverInfo;
  }

  /** What the server says it can do, as it says it. */
  get serverCapabilities(): { readonly [name: string]: unknown } {
    return this.#established.capabilities;
  }

  /** How the server wants to be used, for the model. */
  get instructions(): string | undefined {
    return this.#established.instructions;
  }

  /** The session's id, where there is a session. */
  get sessionId(): string | undefined {
    return this.#connection.transport.sessionId;
  }

  /** Sends any request. Questions in between are answered by the callbacks. */
  async request(method: string, params?: Params, options: RequestOptions = {}): Promise<Result> {
    const result = await this.#ask(method, params, options);
    const { resultType = "complete" } = result;
    if (resultType === "complete") return result;
    throw new ClientError(
      "protocol",
      `The server answered ${method} with a result of the unknown type ${resultType}.`,
    );
  }

  async #ask(method: string, params: Params | undefined, options: CallOptions): Promise<Result> {
    const { side } = await this.#current();
    const send = (added: Params): Promise<Result> =>
      this.#connection.call(
        method,
        Object.keys(added).length === 0 ? params : { ...params, ...added },
        options,
      );
    if (!side.revision.askable.has(method) || side.revision.handshake) return send({});
    return withAnswers(send, this.#connection.asks, options.signal);
  }

  /** What is agreed now; it may have been agreed anew since. */
  async #current(): Promise<Established> {
    this.#established = await this.#connection.established();
    return this.#established;
  }

  async notify(method: string, params?: Params): Promise<void> {
    await this.#connection.notify(method, params);
  }

  /** Asks whether the server is there: by `ping`, or in revisions without it by `server/discover`. */
  async ping(options: RequestOptions = {}): Promise<void> {
    const { side } = await this.#current();
    await this.request(side.revision.requests.has("ping") ? "ping" : "server/discover", undefined, options);
  }

  /**
   * One page of tools. A tool whose `x-mcp-header` annotations are invalid is left out where they matter, and `onWarning`
   * is told.
   */
  async listTools(params: { cursor?: string } = {}, options: RequestOptions = {}): Promise<ListToolsResult> {
    const result = await this.#page<ListToolsResult>("tools/list", "tools", params, options);
    const { side } = this.#established;
    const mirrors = this.#connection.transport.mirrorsHeaders && !side.revision.handshake;
    const tools = this.#tools.take(result.tools, mirrors, (message) => this.#connection.warn(message));
    return { ...result, tools };
  }

  /** @throws ClientError `protocol` when what should be a list of definitions is none */
  async #page<Page>(method: string, what: string, params: Params, options: RequestOptions): Promise<Page> {
    const result = await this.request(method, params, options);
    const list = result[what];
    if (Array.isArray(list) && list.every(isObject)) return result as Page;
    throw new ClientError(
      "protocol",
      `The server answered ${method} without a list of objects in "${what}".`,
    );
  }

  /** All tools, page by page. */
  async *tools(options: RequestOptions = {}): AsyncGenerator<Tool, void, undefined> {
    for await (const { tools } of pagesOf((cursor) => this.listTools(at(cursor), options))) yield* tools;
  }

  /**
   * Calls a tool, and waits for its result even where the server makes a task of the call. A tool that fails answers with
   * `isError`. Arguments that the tool's definition wants in headers are sent there, too; where the definition is not known
   * yet, the server refuses the call, the definition is fetched, and the call is sent again.
   */
  async callTool(
    name: string,
    args: { readonly [name: string]: unknown } = {},
    options: TaskResultOptions = {},
  ): Promise<CallToolResult> {
    const { side } = await this.#current();
    const asTask = side.revision.handshake && this.#tools.taskSupport(name) === "required";
    const { onStatus: _, ...request } = options;
    const started = await this.#call(name, args, request, asTask ? {} : undefined).catch(async (error) => {
      // Tools that are tasks only refuse to be called otherwise, by an error that says no more than that.
      const refused = error instanceof RpcError && error.code === ERROR_CODES.METHOD_NOT_FOUND;
      if (!refused || asTask || !this.#callsTasks() || (await this.#supportOf(name)) !== "required")
        throw error;
      return this.#call(name, args, request, {});
    });
    return "result" in started ? started.result : started.task.result(options);
  }

  /**
   * Calls a tool, and comes back with the task where the server makes one of the call. In revisions in which that is the
   * client's decision, a tool that may be a task becomes one.
   */
  async startTool(
    name: string,
    args: { readonly [name: string]: unknown } = {},
    { ttlMs, ...options }: StartOptions = {},
  ): Promise<StartedCall> {
    await this.#current();
    const asTask = this.#callsTasks() && (await this.#supportOf(name)) !== "forbidden";
    return this.#call(
      name,
      args,
      options,
      asTask ? { ...(ttlMs !== undefined && { ttl: ttlMs }) } : undefined,
    );
  }

  /** Whether a client may make tasks of calls, as it does in the handshake revisions that have tasks. */
  #callsTasks(): boolean {
    const { side, capabilities } = this.#established;
    const tasks = capabilities["tasks"];
    const requests = isObject(tasks) ? tasks["requests"] : undefined;
    const calls = isObject(requests) ? requests["tools"] : undefined;
    return side.revision.handshake && side.revision.tasks !== undefined && isObject(calls) && "call" in calls;
  }

  async #supportOf(name: string): Promise<"forbidden" | "optional" | "required"> {
    if (!this.#tools.has(name)) await this.#study(name);
    return this.#tools.taskSupport(name) ?? "forbidden";
  }

  /** Lists tools until this one is known. */
  async #study(name: string): Promise<void> {
    for await (const tool of this.tools()) if (tool.name === name) return;
  }

  async #call(
    name: string,
    args: { readonly [name: string]: unknown },
    options: RequestOptions,
    task: object | undefined,
  ): Promise<StartedCall> {
    const params = { name, arguments: args, ...(task !== undefined && { task }) };
    const send = () =>
      this.#ask("tools/call", params, { ...options, headers: this.#tools.headers(name, args) });
    const result = await send().catch(async (error: unknown) => {
      const mismatch = error instanceof RpcError && error.code === ERROR_CODES.HEADER_MISMATCH;
      if (!mismatch || !this.#connection.transport.mirrorsHeaders) throw error;
      await this.#study(name);
      return send();
    });
    return this.#started(result, task !== undefined);
  }

  #started(result: Result, asTask: boolean): StartedCall {
    const { resultType = "complete" } = result;
    if (resultType === "task" || (asTask && isObject(result["task"]))) {
      const status = readTask(resultType === "task" ? result : result["task"]);
      return { task: new Task(this.#connection, status.taskId, status) };
    }
    if (resultType === "complete") return { result: result as unknown as CallToolResult };
    throw new ClientError(
      "protocol",
      `The server answered tools/call with a result of the unknown type ${resultType}.`,
    );
  }

  /** A task of before, by its id. */
  task(taskId: string): Task {
    return new Task(this.#connection, taskId);
  }

  /** The caller's tasks, in the revision that can list them. */
  async *tasks(options: RequestOptions = {}): AsyncGenerator<TaskStatus, void, undefined> {
    const page = (cursor: string | undefined) => this.#known("tasks/list", at(cursor), options);
    for await (const { tasks } of pagesOf<{ nextCursor?: string; tasks?: unknown[] }>(page)) {
      for (const task of tasks ?? []) yield readTask(task);
    }
  }

  /** One page of resources. */
  async listResources(
    params: { cursor?: string } = {},
    options: RequestOptions = {},
  ): Promise<ListResourcesResult> {
    return this.#page<ListResourcesResult>("resources/list", "resources", params, options);
  }

  /** All resources, page by page. */
  async *resources(options: RequestOptions = {}): AsyncGenerator<Resource, void, undefined> {
    for await (const { resources } of pagesOf((cursor) => this.listResources(at(cursor), options)))
      yield* resources;
  }

  /** One page of resource templates. */
  async listResourceTemplates(
    params: { cursor?: string } = {},
    options: RequestOptions = {},
  ): Promise<ListResourceTemplatesResult> {
    return this.#page<ListResourceTemplatesResult>(
      "resources/templates/list",
      "resourceTemplates",
      params,
      options,
    );
  }

  /** All resource templates, page by page. */
  async *resourceTemplates(options: RequestOptions = {}): AsyncGenerator<ResourceTemplate, void, undefined> {
    const pages = pagesOf((cursor) => this.listResourceTemplates(at(cursor), options));
    for await (const { resourceTemplates } of pages) yield* resourceTemplates;
  }

  async readResource(uri: string, options: RequestOptions = {}): Promise<ReadResourceResult> {
    return (await this.request("resources/read", { uri }, options)) as unknown as ReadResourceResult;
  }

  /** One page of prompts. */
  async listPrompts(
    params: { cursor?: string } = {},
    options: RequestOptions = {},
  ): Promise<ListPromptsResult> {
    return this.#page<ListPromptsResult>("prompts/list", "prompts", params, options);
  }

  /** All prompts, page by page. */
  async *prompts(options: RequestOptions = {}): AsyncGenerator<Prompt, void, undefined> {
    for await (const { prompts } of pagesOf((cursor) => this.listPrompts(at(cursor), options)))
      yield* prompts;
  }

  async getPrompt(
    name: string,
    args: { readonly [name: string]: string } = {},
    options: RequestOptions = {},
  ): Promise<GetPromptResult> {
    return (await this.request(
      "prompts/get",
      { name, arguments: args },
      options,
    )) as unknown as GetPromptResult;
  }

  /** @param context arguments of the same prompt or template that the user has settled */
  async complete(
    ref: CompletionReference,
    argument: CompletionArgument,
    context?: { readonly [name: string]: string },
    options: RequestOptions = {},
  ): Promise<CompleteResult> {
    const params = { ref, argument, ...(context !== undefined && { context: { arguments: context } }) };
    return (await this.request("completion/complete", params, options)) as unknown as CompleteResult;
  }

  /**
   * Listens for changes: by `subscriptions/listen`, or in revisions with handshake by `resources/subscribe` and the
   * session's notifications. Resolves when the server has acknowledged it; {@link Subscription.acknowledged} says to what.
   */
  listen(filter: SubscriptionFilter, onChange: (change: Notification) => void): Promise<Subscription> {
    return Subscription.open(this.#connection, filter, onChange);
  }

  /** The least level of the log messages that the server sends, as notifications, from now on. */
  async setLoggingLevel(level: LoggingLevel): Promise<void> {
    const { side } = await this.#current();
    if (side.revision.logLevelPerRequest) side.logLevel = level;
    else await this.request("logging/setLevel", { level });
  }

  /** Tells the server that the roots are others now. Without a session it asks for them whenever it needs them. */
  async rootsChanged(): Promise<void> {
    const { side } = await this.#current();
    if (side.revision.notifications.has("notifications/roots/list_changed")) {
      await this.notify("notifications/roots/list_changed");
    }
  }

  /** A request that some revisions do not have. */
  async #known(method: string, params: Params, options: RequestOptions): Promise<Result> {
    const { side } = await this.#current();
    if (side.revision.requests.has(method)) return this.request(method, params, options);
    throw new ClientError("revision", `The revision ${side.revision.version} has no ${method}.`);
  }

  /**
   * Passes a request on as it is, and hands back the response as it is: neither is parsed further than it has to be. What
   * comes before the response goes to `listener`, which may take its time; answer questions among that with {@link send}.
   * To pass on bytes over HTTP without looking at them at all, use {@link HttpTransport.post}.
   */
  async forward(request: ForwardRequest, listener?: Listener): Promise<RawMessage> {
    const { link, side } = await this.#current();
    const { name, headers, ...raw } = request;
    return link.transport.exchange(
      { ...raw, headers: { ...side.namedHeaders(request.method, name), ...headers } },
      listener,
    );
  }

  /** Passes on a notification, or the answer to a question, as it is. */
  async send(text: string): Promise<void> {
    const { link } = await this.#current();
    await link.transport.send(text);
  }

  /** Ends the session or the process. What is in flight fails. */
  async close(): Promise<void> {
    await this.#connection.close();
  }
}

function at(cursor: string | undefined): { cursor?: string } {
  return cursor === undefined ? {} : { cursor };
}
