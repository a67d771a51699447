import { isImplementation } from "../protocol/eras/index.ts";
import { clip, ERROR_CODES, invalidParams, methodNotFound, RpcError, ToolError } from "../protocol/errors.ts";
import { describe, isObject } from "../protocol/jsonrpc.ts";
import { type CacheHints, isLoggingLevel } from "../protocol/types.ts";
import { safeCacheHints } from "./cache-hints.ts";
import type { Call, CallSession } from "./call.ts";
import { completionResult } from "./completion.ts";
import { metaProblem } from "./content.ts";
import type { Context } from "./context.ts";
import type { ServerCore } from "./core.ts";
import { toRpcError } from "./failure.ts";
import { checkScopes, type Feature, isVisible, mayUse } from "./feature.ts";
import { EncodedJson, type Outcome, type SubscriptionFilter } from "./outcome.ts";
import { type Prompt, toGetPromptResult, validatePromptArguments } from "./prompts.ts";
import {
  type ListedResource,
  type Match,
  matchResource,
  type Resource,
  type ResourceTemplate,
  toReadResourceResult,
} from "./resources.ts";
import type { Validation } from "./schema/index.ts";
import { MAX_WATCHED, MAX_WATCHED_LENGTH } from "./subscriptions.ts";
import { becomeTask, untilDetached } from "./tasks/become.ts";
import { cancelTask, getTask, listTasks, taskResult, updateTask, watchable } from "./tasks/methods.ts";
import { failure, rejected, type Tool, toCallToolResult, validateArguments } from "./tools.ts";
import { isUri, MAX_URI_LENGTH } from "./uri.ts";

type MaybePromise<T> = T | Promise<T>;
type Method = (core: ServerCore, call: Call, ctx: Context) => MaybePromise<Outcome>;

const EMPTY: Outcome = { kind: "complete", result: {} };

/** The longest text that is completed, in characters. */
const MAX_TYPED_LENGTH = 65_536;

/** What serves each method. A revision's own table says which of them a client may call. */
const METHODS: ReadonlyMap<string, Method> = new Map<string, Method>([
  ["initialize", initialize],
  ["ping", () => EMPTY],
  ["server/discover", discover],
  ["tools/list", (core, call) => list(core, call, "tools")],
  ["tools/call", callTool],
  ["resources/list", listResources],
  ["resources/templates/list", (core, call) => list(core, call, "templates")],
  ["resources/read", readResource],
  ["resources/subscribe", subscribe],
  ["resources/unsubscribe", unsubscribe],
  ["prompts/list", (core, call) => list(core, call, "prompts")],
  ["prompts/get", getPrompt],
  ["completion/complete", complete],
  ["logging/setLevel", setLevel],
  ["subscriptions/listen", listen],
  ["tasks/get", getTask],
  ["tasks/result", taskResult],
  ["tasks/update", updateTask],
  ["tasks/cancel", cancelTask],
  ["tasks/list", listTasks],
]);

/** The method's function, when the call's revision has it and the server offers what it needs. */
export function methodOf(core: ServerCore, call: Call): Method {
  const method = call.revision.requests.has(call.method) ? METHODS.get(call.method) : undefined;
  if (method === undefined || !core.offers(call.method)) {
    if (call.method === "initialize") throw noHandshake(core);
    throw methodNotFound(call.method);
  }
  return method;
}

/**
 * Clients that open with a handshake can show their users nothing but this message.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/versioning#backward-compatibility-with-initialization-based-versions
 */
function noHandshake({ revisions }: ServerCore): RpcError {
  const supported = revisions.versions;
  const message = `Method not found: initialize is not part of this revision; supported are ${supported.join(", ")}`;
  return new RpcError(ERROR_CODES.METHOD_NOT_FOUND, message, { supported });
}

/** @see https://modelcontextprotocol.io/specification/2025-11-25/basic/lifecycle#initialization */
function initialize(core: ServerCore, call: Call): Outcome {
  const { params } = call;
  if (!isObject(params?.["capabilities"])) throw invalidParams(`"capabilities" must be an object.`);
  if (!isImplementation(params["clientInfo"])) {
    throw invalidParams(`"clientInfo" must be an object with "name" and "version".`);
  }
  return {
    kind: "complete",
    result: {
      protocolVersion: call.revision.version,
      capabilities: call.revision.encodeCapabilities(core.capabilities(call)),
      serverInfo: call.revision.encodeInfo(core.identity.info),
      ...(core.options.instructions !== undefined && { instructions: core.options.instructions }),
    },
  };
}

/** @see https://modelcontextprotocol.io/specification/2026-07-28/server/discover */
function discover(core: ServerCore, call: Call): Outcome {
  return {
    kind: "complete",
    result: {
      supportedVersions: core.revisions.versions,
      capabilities: call.revision.encodeCapabilities(core.capabilities(call)),
      ...(core.options.instructions !== undefined && { instructions: core.options.instructions }),
    },
    cache: { cacheScope: "public", ...core.options.cacheHints },
  };
}

function cursorOf(call: Call): string | undefined {
  const cursor = call.params?.["cursor"];
  if (cursor !== undefined && typeof cursor !== "string") {
    throw invalidParams(`"cursor" must be a string, got ${describe(cursor)}.`);
  }
  return cursor;
}

function list(core: ServerCore, call: Call, kind: "tools" | "prompts" | "resources" | "templates"): Outcome {
  const { revision, principal } = call;
  return { kind: "encoded", json: core.lists.page({ kind, revision, principal, cursor: cursorOf(call) }) };
}

/** Lists the registered resources, and those that templates contribute. */
function listResources(core: ServerCore, call: Call, ctx: Context): MaybePromise<Outcome> {
  const listing = core.features("templates").filter((template) => template.list !== undefined);
  if (listing.length === 0) return list(core, call, "resources");
  const visible = listing.filter((template) => mayUse(template, call.principal));
  return Promise.all(visible.map((template) => template.list?.(ctx) ?? [])).then((lists) => {
    const all = new Map<string, Feature>();
    for (const resource of core.features("resources")) {
      if (isVisible(resource, call.principal)) all.set(resource.key, resource);
    }
    for (const resource of lists.flat()) {
      const key = listedUri(resource);
      if (!all.has(key)) all.set(key, { key, definition: { ...resource } });
    }
    const { revision, principal } = call;
    const request = { kind: "resources" as const, revision, principal, cursor: cursorOf(call) };
    return { kind: "encoded", json: new EncodedJson(core.lists.encode(request, [...all.values()], false)) };
  });
}

function listedUri(resource: ListedResource): string {
  const problem = metaProblem(resource._meta);
  if (problem !== undefined) throw new TypeError(`A template lists what is no resource: ${problem}.`);
  if (isUri(resource.uri) && typeof resource.name === "string") return resource.uri;
  throw new TypeError(`A template's list must give resources with an absolute "uri" and a "name".`);
}

function textParam(call: Call, name: string): string {
  const value = call.params?.[name];
  if (typeof value !== "string") throw invalidParams(`"${name}" must be a string, got ${describe(value)}.`);
  return value;
}

function callTool(core: ServerCore, call: Call, ctx: Context): MaybePromise<Outcome> {
  const name = textParam(call, "name");
  const tool = core.feature("tools", name);
  if (tool === undefined || !isVisible(tool, call.principal))
    throw invalidParams(`Unknown tool: ${clip(name)}`);
  call.feature = tool.key;
  checkScopes(tool, call.principal);
  if (tool.task !== undefined || call.params?.["task"] !== undefined) {
    const becoming =
      call.outlet.task !== undefined
        ? undefined
        : tool.detaches
          ? untilDetached(core, call, tool, () => serveTool(core, call, ctx, tool))
          : becomeTask(core, call, tool);
    if (becoming !== undefined) return becoming;
  }
  return serveTool(core, call, ctx, tool);
}

function serveTool(core: ServerCore, call: Call, ctx: Context, tool: Tool): MaybePromise<Outcome> {
  // Not through `within`, as no function need be made where there is no middleware.
  if (tool.chain === undefined) return validateAndRun(core, call, ctx, tool);
  return tool.chain(ctx, () => validateAndRun(core, call, ctx, tool));
}

function validateAndRun(core: ServerCore, call: Call, ctx: Context, tool: Tool): MaybePromise<Outcome> {
  const validation = validateArguments(tool, call.params?.["arguments"]);
  return validation instanceof Promise
    ? validation.then((checked) => runTool(core, call, ctx, tool, checked))
    : runTool(core, call, ctx, tool, validation);
}

/** Goes through the middleware of the servers that the feature was mounted with. */
function within(feature: Feature, ctx: Context, last: () => MaybePromise<Outcome>): MaybePromise<Outcome> {
  return feature.chain === undefined ? last() : feature.chain(ctx, last);
}

function runTool(
  core: ServerCore,
  call: Call,
  ctx: Context,
  tool: Tool,
  checked: Validation,
): MaybePromise<Outcome> {
  if (!checked.ok) return { kind: "complete", result: rejected(tool, checked.issues) };
  const failed = (error: unknown) => toolFailure(core, call, ctx, error);
  const finish = (returned: unknown): MaybePromise<Outcome> => {
    try {
      const finished = finishTool(call, tool, returned);
      return finished instanceof Promise ? finished.catch(failed) : finished;
    } catch (error) {
      return failed(error);
    }
  };
  try {
    const returned = tool.run(checked.value, ctx);
    return returned instanceof Promise ? returned.then(finish, failed) : finish(returned);
  } catch (error) {
    return failed(error);
  }
}

function finishTool(call: Call, tool: Tool, returned: unknown): MaybePromise<Outcome> {
  const result = toCallToolResult(tool, returned);
  return result instanceof Promise
    ? result.then((done) => ({ kind: "complete", result: call.revision.encodeCallToolResult(done) }))
    : { kind: "complete", result: call.revision.encodeCallToolResult(result) };
}

/** A tool's failure is a result that the model can read, except for errors of the protocol. */
function toolFailure(core: ServerCore, call: Call, ctx: Context, error: unknown): MaybePromise<Outcome> {
  if (call.suspension !== undefined) return call.suspension;
  if (error instanceof ToolError) return { kind: "complete", result: failure(error.message) };
  const own = core.customError(error, ctx);
  if (own !== undefined) return { kind: "error", error: own };
  if (error instanceof RpcError) return { kind: "error", error };
  return { kind: "complete", result: failure(toRpcError(error, call, core.logger).message) };
}

/** @see https://modelcontextprotocol.io/specification/2026-07-28/server/resources#reading-resources */
async function readResource(core: ServerCore, call: Call, ctx: Context): Promise<Outcome> {
  const uri = uriParam(call);
  const match = matchResource(core, uri, call.principal);
  if (match === undefined) throw resourceNotFound(uri);
  call.feature = match.resource.key;
  checkScopes(match.resource, call.principal);
  return within(match.resource, ctx, () => runResource(call, ctx, uri, match));
}

async function runResource(call: Call, ctx: Context, uri: string, match: Match): Promise<Outcome> {
  const returned = await match.resource.read(new URL(uri), match.variables, ctx);
  const mimeType = match.resource.definition["mimeType"] as string | undefined;
  const result = toReadResourceResult(uri, mimeType, returned);
  if (result === undefined) throw resourceNotFound(uri);
  const { cacheHints = match.resource.cacheHints, ...rest } = result;
  const encoded = call.revision.encodeReadResourceResult(rest);
  return { kind: "complete", result: encoded, cache: cacheable(call, match.resource, cacheHints) };
}

/**
 * A result that depends on answers is not to be cached: they are not part of the cache's key. What not every
 * caller may see is not to be shared.
 */
function cacheable(call: Call, resource: Resource, hints: CacheHints | undefined): CacheHints {
  const { params } = call;
  const answered = params?.["requestState"] !== undefined || params?.["inputResponses"] !== undefined;
  if (answered || hints === undefined) return { ttlMs: 0, cacheScope: "private" };
  const safe = safeCacheHints(hints);
  return resource.visible === undefined && resource.scopes === undefined
    ? safe
    : { ...safe, cacheScope: "private" };
}

/** @see https://modelcontextprotocol.io/specification/2026-07-28/server/resources#security-considerations */
function uriParam(call: Call): string {
  const uri = textParam(call, "uri");
  if (isUri(uri)) return uri;
  throw invalidParams(`"uri" must be an absolute URI of at most ${MAX_URI_LENGTH} characters.`, {
    uri: clip(uri, 2048),
  });
}

function resourceNotFound(uri: string): RpcError {
  return new RpcError(ERROR_CODES.RESOURCE_NOT_FOUND, "Resource not found", { uri: clip(uri, 2048) });
}

function sessionOf(call: Call): CallSession {
  if (call.session === undefined) {
    throw new RpcError(
      ERROR_CODES.METHOD_NOT_FOUND,
      `${call.method} needs a session, and this server keeps none: give its transport a sessionAdapter.`,
    );
  }
  return call.session;
}

async function subscribe(core: ServerCore, call: Call): Promise<Outcome> {
  const session = sessionOf(call);
  const uri = uriParam(call);
  const match = matchResource(core, uri, call.principal);
  if (match === undefined) throw resourceNotFound(uri);
  call.feature = match.resource.key;
  checkScopes(match.resource, call.principal);
  if (session.watching >= MAX_WATCHED) {
    throw invalidParams(`A session may subscribe to ${MAX_WATCHED} resources: unsubscribe from some first.`);
  }
  await session.subscribe(uri);
  return EMPTY;
}

async function unsubscribe(_core: ServerCore, call: Call): Promise<Outcome> {
  await sessionOf(call).unsubscribe(textParam(call, "uri"));
  return EMPTY;
}

async function setLevel(_core: ServerCore, call: Call): Promise<Outcome> {
  const level = call.params?.["level"];
  if (!isLoggingLevel(level)) throw invalidParams(`"level" must be one of the eight log levels.`);
  // Without a session there is nowhere to keep it, and nothing is logged to such a client out of turn.
  await call.session?.setLogLevel(level);
  return EMPTY;
}

async function getPrompt(core: ServerCore, call: Call, ctx: Context): Promise<Outcome> {
  const name = textParam(call, "name");
  const prompt = core.feature("prompts", name);
  if (prompt === undefined || !isVisible(prompt, call.principal))
    throw invalidParams(`Unknown prompt: ${clip(name)}`);
  call.feature = prompt.key;
  checkScopes(prompt, call.principal);
  return within(prompt, ctx, async () => {
    const args = await validatePromptArguments(prompt, call.params?.["arguments"]);
    const result = toGetPromptResult(prompt, await prompt.run(args, ctx));
    return { kind: "complete", result: call.revision.encodeGetPromptResult(result) };
  });
}

/** @see https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/completion */
async function complete(core: ServerCore, call: Call, ctx: Context): Promise<Outcome> {
  const ref = call.params?.["ref"];
  const argument = call.params?.["argument"];
  const { name, value } = isObject(argument) ? argument : {};
  if (typeof name !== "string" || typeof value !== "string") {
    throw invalidParams(`"argument" must be an object with the strings "name" and "value".`);
  }
  if (value.length > MAX_TYPED_LENGTH) {
    throw invalidParams(`"argument.value" may have ${MAX_TYPED_LENGTH} characters, got ${value.length}.`);
  }
  const completed = completedFeature(core, call, ref, name);
  call.feature = completed.key;
  checkScopes(completed, call.principal);
  const settled = settledArguments(call);
  return within(completed, ctx, async () => {
    const completer = completed.complete.get(name);
    const suggestions = completer === undefined ? [] : await completer(value, { arguments: settled, ctx });
    return { kind: "complete", result: { completion: completionResult(suggestions) } };
  });
}

/** @throws RpcError -32602 when the context is not what the protocol says it is */
function settledArguments(call: Call): { [name: string]: string } {
  const settled = Object.create(null) as { [name: string]: string };
  const context = call.params?.["context"];
  if (context === undefined) return settled;
  const given = isObject(context) ? (context["arguments"] ?? {}) : undefined;
  if (!isObject(given) || !Object.values(given).every((value) => typeof value === "string")) {
    throw invalidParams(`"context" must be an object whose "arguments" are an object of strings.`);
  }
  for (const [name, value] of Object.entries(given)) settled[name] = value as string;
  return settled;
}

/** The prompt or template whose argument is completed. */
function completedFeature(
  core: ServerCore,
  call: Call,
  ref: unknown,
  argument: string,
): Prompt | ResourceTemplate {
  if (!isObject(ref)) throw invalidParams(`"ref" must be an object, got ${describe(ref)}.`);
  if (ref["type"] === "ref/prompt" && typeof ref["name"] === "string") {
    const prompt = core.feature("prompts", ref["name"]);
    if (prompt === undefined || !isVisible(prompt, call.principal)) {
      throw invalidParams(`Unknown prompt: ${clip(ref["name"])}`);
    }
    if (!prompt.arguments.some(({ name }) => name === argument)) throw unknownArgument(argument);
    return prompt;
  }
  if (ref["type"] === "ref/resource" && typeof ref["uri"] === "string") {
    const template = core.feature("templates", ref["uri"]);
    if (template === undefined || !isVisible(template, call.principal)) {
      throw invalidParams(`Unknown resource template: ${clip(ref["uri"])}`);
    }
    if (!template.template.variables.includes(argument)) throw unknownArgument(argument);
    return template;
  }
  throw invalidParams(`"ref" must be {"type":"ref/prompt","name":…} or {"type":"ref/resource","uri":…}.`);
}

function unknownArgument(name: string): RpcError {
  return invalidParams(`Unknown argument: ${clip(name)}`);
}

/** @see https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/subscriptions */
function listen(core: ServerCore, call: Call): MaybePromise<Outcome> {
  const wanted = call.params?.["notifications"];
  if (!isObject(wanted)) throw invalidParams(`"notifications" must be an object, got ${describe(wanted)}.`);
  const uris = wanted["resourceSubscriptions"];
  if (uris !== undefined && !(Array.isArray(uris) && uris.every((uri) => typeof uri === "string"))) {
    throw invalidParams(`"notifications.resourceSubscriptions" must be an array of URIs.`);
  }
  if (uris !== undefined && uris.length > MAX_WATCHED) {
    throw invalidParams(
      `"notifications.resourceSubscriptions" may name ${MAX_WATCHED} resources, got ${uris.length}.`,
    );
  }
  const length = uris?.reduce((sum, uri) => sum + uri.length, 0) ?? 0;
  if (length > MAX_WATCHED_LENGTH) {
    throw invalidParams(
      `"notifications.resourceSubscriptions" may have ${MAX_WATCHED_LENGTH} characters in all, got ${length}.`,
    );
  }
  const taskIds = wanted["taskIds"];
  const { tools, prompts, resources } = core.capabilities(call);
  const filter: SubscriptionFilter = {
    ...(wanted["toolsListChanged"] === true && tools?.listChanged && { toolsListChanged: true }),
    ...(wanted["promptsListChanged"] === true && prompts?.listChanged && { promptsListChanged: true }),
    ...(wanted["resourcesListChanged"] === true && resources?.listChanged && { resourcesListChanged: true }),
    ...(uris !== undefined && resources?.subscribe && { resourceSubscriptions: readable(core, call, uris) }),
  };
  if (taskIds === undefined || !core.runsTasks) return { kind: "listen", filter };
  return watchable(call, taskIds).then((own) => ({ kind: "listen", filter: { ...filter, taskIds: own } }));
}

/** Those URIs that the caller may read: of all others nobody is told whether they change. */
function readable(core: ServerCore, call: Call, uris: readonly string[]): string[] {
  return uris.filter((uri) => {
    const match = isUri(uri) ? matchResource(core, uri, call.principal) : undefined;
    return match !== undefined && mayUse(match.resource, call.principal);
  });
}
