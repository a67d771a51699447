import { ERROR_CODES, RpcError } from "../../errors.ts";
import type { JsonRpcErrorObject } from "../../jsonrpc.ts";
import { isObject } from "../../jsonrpc.ts";
import type { CallToolResult, ContentBlock, ResourceContents, ServerCapabilities } from "../../types.ts";
import type { Ask, AskMethod, Revision } from "../revision.ts";
import {
  audioAsResource,
  linkAsText,
  pick,
  plainBlock,
  plainContents,
  withoutIcons,
  withoutTitledChoices,
  withPlainAnnotations,
} from "./downgrade.ts";
import { EXPERIMENTAL_TASKS } from "./tasks.ts";

const REQUESTS = [
  "initialize",
  "ping",
  "tools/list",
  "tools/call",
  "resources/list",
  "resources/templates/list",
  "resources/read",
  "resources/subscribe",
  "resources/unsubscribe",
  "prompts/list",
  "prompts/get",
  "completion/complete",
  "logging/setLevel",
];

const TASK_REQUESTS = ["tasks/get", "tasks/result", "tasks/cancel", "tasks/list"];

const NOTIFICATIONS = [
  "notifications/initialized",
  "notifications/cancelled",
  "notifications/progress",
  "notifications/roots/list_changed",
];

// Every call may ask where questions travel as requests of their own.
const ASKABLE = new Set(REQUESTS.filter((method) => method !== "initialize" && method !== "ping"));

const INFO = ["name", "version"];
const DEFINITION = ["name", "description"];
const TOOL = [...DEFINITION, "inputSchema"];
const RESOURCE = [...DEFINITION, "uri", "uriTemplate", "mimeType", "size", "annotations"];
const PROMPT = [...DEFINITION, "arguments"];

interface Traits {
  readonly version: string;
  readonly batches: boolean;
  readonly primesStreams: boolean;
  readonly tasks: boolean;
  readonly asks: readonly AskMethod[];
  readonly info: readonly string[];
  /** Capabilities of a server that the revision has no word for. */
  readonly unsaid: readonly string[];
  readonly tool: readonly string[];
  readonly resource: readonly string[];
  readonly prompt: readonly string[];
  readonly structuredContent: boolean;
  readonly progressMessages: boolean;
  /** A resource's definition, apart from the members that are picked. */
  annotated<T extends object>(resource: T): T;
  content(block: ContentBlock): ContentBlock;
  contents(contents: ResourceContents): ResourceContents;
  ask(ask: Ask): Ask | { readonly cannot: string };
}

const same = <T>(value: T): T => value;

/** @see https://modelcontextprotocol.io/specification/2025-11-25/client/elicitation#url-elicitation-required-error */
const URL_ELICITATION_REQUIRED = -32042;

function define(traits: Traits): Revision {
  const info = new Set(traits.info);
  const tool = new Set(traits.tool);
  const resource = new Set(traits.resource);
  const prompt = new Set(traits.prompt);
  const asks = new Set(traits.asks);
  const { content, contents, annotated } = traits;
  return {
    version: traits.version,
    handshake: true,
    requests: new Set(traits.tasks ? [...REQUESTS, ...TASK_REQUESTS] : REQUESTS),
    notifications: new Set(NOTIFICATIONS),
    asks,
    askTravel: "request",
    askable: ASKABLE,
    batches: traits.batches,
    resumable: true,
    primesStreams: traits.primesStreams,
    logLevelPerRequest: false,
    disconnectCancels: false,
    tasks: traits.tasks ? EXPERIMENTAL_TASKS : undefined,
    encodeInfo: (value) => pick({ ...value }, info),
    encodeCapabilities: (value) => encodeCapabilities(without(value, traits.unsaid)),
    encodeTool: (value) => pick(rootedInObject(value), tool),
    encodeResource: (value) => annotated(pick(value, resource)),
    encodePrompt: (value) => encodePromptArguments(pick(value, prompt), prompt.has("title")),
    encodeContent: content,
    encodeCallToolResult: (result) => encodeCallToolResult(result, content, traits.structuredContent),
    encodeGetPromptResult: (result) =>
      content === same
        ? result
        : { ...result, messages: result.messages.map((m) => ({ ...m, content: content(m.content) })) },
    encodeReadResourceResult: (result) =>
      contents === same ? result : { ...result, contents: result.contents.map(contents) },
    encodeProgress: traits.progressMessages ? same : ({ message: _, ...rest }) => rest,
    encodeAsk: traits.ask,
    encodeError,
    // A URL that a call needs is asked for, and the call goes on: no call ends because of it.
    allowsError: ({ code }) => Number.isInteger(code) && code !== URL_ELICITATION_REQUIRED,
    statusOf: () => 200,
    missingCapability,
    encodeComplete: (result) => JSON.stringify(result),
  };
}

function encodeCapabilities(capabilities: ServerCapabilities): object {
  const { tasks, ...rest } = capabilities;
  if (tasks === undefined) return rest;
  return {
    ...rest,
    tasks: { ...(tasks.list && { list: {} }), cancel: {}, requests: { tools: { call: {} } } },
  };
}

function encodeCallToolResult(
  result: CallToolResult,
  content: (block: ContentBlock) => ContentBlock,
  structured: boolean,
): object {
  const keepsStructure =
    result.structuredContent === undefined || (structured && isObject(result.structuredContent));
  if (content === same && keepsStructure) return result;
  const { structuredContent, ...rest } = result;
  const blocks = content === same ? rest.content : rest.content.map(content);
  return keepsStructure && structuredContent !== undefined
    ? { ...rest, content: blocks, structuredContent }
    : { ...rest, content: blocks };
}

function without(value: object, names: readonly string[]): object {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));
}

/** Legacy revisions hold structured results to objects; another schema would make the tool invalid. */
function rootedInObject(tool: { readonly [key: string]: unknown }): { readonly [key: string]: unknown } {
  const schema = tool["outputSchema"];
  if (schema === undefined || (isObject(schema) && schema["type"] === "object")) return tool;
  const { outputSchema: _, ...rest } = tool;
  return rest;
}

function encodePromptArguments(prompt: object, titles: boolean): object {
  const list = (prompt as { arguments?: readonly object[] }).arguments;
  if (list === undefined || titles) return prompt;
  return { ...prompt, arguments: list.map((argument) => ({ ...argument, title: undefined })) };
}

function encodeError(error: RpcError): JsonRpcErrorObject {
  return error.toJSON();
}

/**
 * What a client of these revisions would answer to a question that it does not know.
 * @see https://modelcontextprotocol.io/specification/2025-11-25/client/roots#error-handling
 */
function missingCapability(capability: string, ask: AskMethod): RpcError {
  const mode = capability.includes(".");
  return new RpcError(
    mode ? ERROR_CODES.INVALID_PARAMS : ERROR_CODES.METHOD_NOT_FOUND,
    `The client cannot answer ${ask}: it did not declare the capability "${capability}".`,
  );
}

function elicitationOf2025June(ask: Ask): Ask | { readonly cannot: string } {
  if (ask.method === "sampling/createMessage") return samplingBeforeTools(ask);
  if (ask.method !== "elicitation/create") return ask;
  const { mode, ...params } = ask.params;
  if (mode === "url") return { cannot: "its revision has no elicitation by URL" };
  const schema = withoutTitledChoices(params["requestedSchema"] as object);
  if ("cannot" in schema) return schema as { cannot: string };
  return { method: ask.method, params: { ...params, requestedSchema: schema } };
}

function samplingBeforeTools(ask: Ask): Ask | { readonly cannot: string } {
  if (ask.method !== "sampling/createMessage") return ask;
  if (ask.params["tools"] !== undefined) return { cannot: "its revision has no tools in sampling" };
  return ask;
}

/** 2025-11-25 correlates a URL with its completion by an id. */
function elicitationOf2025November(ask: Ask): Ask {
  if (ask.method !== "elicitation/create" || ask.params["mode"] !== "url") return ask;
  return { method: ask.method, params: { elicitationId: crypto.randomUUID(), ...ask.params } };
}

const withTitles = (members: readonly string[]) => [...members, "title", "_meta"];
const withIcons = (members: readonly string[]) => [...withTitles(members), "icons"];

/** Newest first. */
export const LEGACY_REVISIONS: readonly Revision[] = [
  define({
    version: "2025-11-25",
    batches: false,
    primesStreams: true,
    tasks: true,
    asks: ["elicitation/create", "sampling/createMessage", "roots/list"],
    info: [...INFO, "title", "description", "icons", "websiteUrl"],
    unsaid: ["extensions"],
    tool: [...withIcons(TOOL), "annotations", "outputSchema", "execution"],
    resource: withIcons(RESOURCE),
    prompt: withIcons(PROMPT),
    structuredContent: true,
    progressMessages: true,
    annotated: same,
    content: same,
    contents: same,
    ask: elicitationOf2025November,
  }),
  define({
    version: "2025-06-18",
    batches: false,
    primesStreams: false,
    tasks: false,
    asks: ["elicitation/create", "sampling/createMessage", "roots/list"],
    info: [...INFO, "title"],
    unsaid: ["extensions", "tasks"],
    tool: [...withTitles(TOOL), "annotations", "outputSchema"],
    resource: withTitles(RESOURCE),
    prompt: withTitles(PROMPT),
    structuredContent: true,
    progressMessages: true,
    annotated: same,
    content: withoutIcons,
    contents: same,
    ask: elicitationOf2025June,
  }),
  define({
    version: "2025-03-26",
    batches: true,
    primesStreams: false,
    tasks: false,
    asks: ["sampling/createMessage", "roots/list"],
    info: INFO,
    unsaid: ["extensions", "tasks"],
    tool: [...TOOL, "annotations"],
    resource: RESOURCE,
    prompt: PROMPT,
    structuredContent: false,
    progressMessages: true,
    annotated: withPlainAnnotations,
    content: (block) => plainBlock(linkAsText(block)),
    contents: plainContents,
    ask: samplingBeforeTools,
  }),
  define({
    version: "2024-11-05",
    batches: true,
    primesStreams: false,
    tasks: false,
    asks: ["sampling/createMessage", "roots/list"],
    info: INFO,
    unsaid: ["extensions", "tasks", "completions"],
    tool: TOOL,
    resource: RESOURCE,
    prompt: PROMPT,
    structuredContent: false,
    progressMessages: false,
    annotated: withPlainAnnotations,
    content: (block) => plainBlock(audioAsResource(linkAsText(block))),
    contents: plainContents,
    ask: samplingBeforeTools,
  }),
];

/** What a request without a version header is taken for. */
export const UNDECLARED = LEGACY_REVISIONS.find((revision) => revision.version === "2025-03-26") as Revision;
