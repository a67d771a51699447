/** Valid messages of every method of every revision: what all others are made of. */

export const MODERN = "2026-07-28";
export const LEGACY = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"] as const;
export const REVISIONS = [MODERN, ...LEGACY] as const;
export type Revision = (typeof REVISIONS)[number];

export interface Message {
  readonly jsonrpc: "2.0";
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: { readonly [name: string]: unknown };
  readonly result?: unknown;
  readonly error?: unknown;
}

const TASKS_EXTENSION = "io.modelcontextprotocol/tasks";

const CAPABILITIES = {
  elicitation: { form: {}, url: {} },
  sampling: { tools: {} },
  roots: { listChanged: true },
  extensions: { [TASKS_EXTENSION]: {} },
} as const;

const CLIENT_INFO = { name: "fuzz", version: "1" } as const;

const META = {
  "io.modelcontextprotocol/protocolVersion": MODERN,
  "io.modelcontextprotocol/clientInfo": CLIENT_INFO,
  "io.modelcontextprotocol/clientCapabilities": CAPABILITIES,
} as const;

/** What stands for a value that only the conversation so far tells; drivers put it in. */
export const LIVE = ["$session", "$state", "$ask", "$task", "$event", "$cursor", "$handle", "$call"] as const;
export type Live = (typeof LIVE)[number];

type Params = { readonly [name: string]: unknown };

/** What every revision has. */
const COMMON: readonly (readonly [method: string, params: Params])[] = [
  ["tools/list", {}],
  ["tools/list", { cursor: "$cursor" }],
  ["tools/call", { name: "echo", arguments: { text: "hi", n: 3, list: [1, 2], deep: { a: { b: "c" } } } }],
  [
    "tools/call",
    { name: "routed", arguments: { region: "eu", shard: 7, dry: true, place: { zone: "ä b" } } },
  ],
  ["tools/call", { name: "shaped", arguments: { kind: "a", amount: 1.5, tags: ["x"], when: "2026-01-01" } }],
  ["tools/call", { name: "library", arguments: { email: "a@b.example", items: [{ id: 1 }] } }],
  ["tools/call", { name: "structured", arguments: {} }],
  ["tools/call", { name: "blocks" }],
  ["tools/call", { name: "report", _meta: { progressToken: "p" } }],
  ["tools/call", { name: "report", _meta: { progressToken: 0 } }],
  ["tools/call", { name: "ask", arguments: { what: "name" } }],
  ["tools/call", { name: "ask", arguments: { what: "all" } }],
  ["tools/call", { name: "ask", arguments: { what: "visit" } }],
  ["tools/call", { name: "ask", arguments: { what: "twice" } }],
  ["tools/call", { name: "later", arguments: { ask: true }, task: { ttl: 60_000 } }],
  ["tools/call", { name: "later", arguments: {}, task: {} }],
  ["tools/call", { name: "must", arguments: {}, task: { ttl: null } }],
  ["tools/call", { name: "open", arguments: { of: "apples" } }],
  ["tools/call", { name: "use", arguments: { basket: "$handle" } }],
  ["tools/call", { name: "touch" }],
  ["tools/call", { name: "refuse" }],
  ["resources/list", {}],
  ["resources/templates/list", { cursor: "$cursor" }],
  ["resources/read", { uri: "test://plain" }],
  ["resources/read", { uri: "test://bytes" }],
  ["resources/read", { uri: "test://asking" }],
  ["resources/read", { uri: "test://item/5%20é" }],
  ["resources/read", { uri: "test://search?q=a&lang=de" }],
  ["resources/read", { uri: "file:///a/b/c.txt" }],
  ["resources/read", { uri: "test://many/a/b;k=v,w" }],
  ["prompts/list", {}],
  ["prompts/get", { name: "plain" }],
  ["prompts/get", { name: "about", arguments: { topic: "x", depth: "2" } }],
  ["prompts/get", { name: "asking" }],
  [
    "completion/complete",
    {
      ref: { type: "ref/prompt", name: "about" },
      argument: { name: "topic", value: "a" },
      context: { arguments: { depth: "1" } },
    },
  ],
  [
    "completion/complete",
    { ref: { type: "ref/resource", uri: "test://item/{id}" }, argument: { name: "id", value: "" } },
  ],
];

const ONLY_MODERN: typeof COMMON = [
  ["server/discover", {}],
  [
    "tools/call",
    {
      name: "ask",
      arguments: { what: "name" },
      requestState: "$state",
      inputResponses: { $ask: { action: "accept", content: { name: "Ada" } } },
    },
  ],
  [
    "tools/call",
    {
      name: "ask",
      arguments: { what: "all" },
      requestState: "$state",
      inputResponses: {
        $ask: { role: "assistant", content: { type: "text", text: "42" }, model: "m" },
        other: { roots: [{ uri: "file:///project" }] },
      },
    },
  ],
  ["tools/call", { name: "ask", arguments: { what: "twice" }, requestState: "$state", inputResponses: {} }],
  [
    "tools/call",
    { name: "ask", arguments: { what: "name" }, inputResponses: { $ask: { action: "decline" } } },
  ],
  ["resources/read", { uri: "test://asking", requestState: "$state", inputResponses: {} }],
  ["prompts/get", { name: "asking", requestState: "$state", inputResponses: { $ask: { action: "cancel" } } }],
  ["subscriptions/listen", { notifications: { toolsListChanged: true } }],
  [
    "subscriptions/listen",
    {
      notifications: {
        promptsListChanged: true,
        resourcesListChanged: true,
        resourceSubscriptions: ["test://plain"],
        taskIds: ["$task"],
      },
    },
  ],
  ["tasks/get", { taskId: "$task" }],
  [
    "tasks/update",
    { taskId: "$task", inputResponses: { $ask: { action: "accept", content: { name: "Ada" } } } },
  ],
  ["tasks/cancel", { taskId: "$task" }],
];

const ONLY_LEGACY: typeof COMMON = [
  ["ping", {}],
  ["logging/setLevel", { level: "debug" }],
  ["resources/subscribe", { uri: "test://plain" }],
  ["resources/unsubscribe", { uri: "test://plain" }],
  ["tasks/get", { taskId: "$task" }],
  ["tasks/result", { taskId: "$task" }],
  ["tasks/list", {}],
  ["tasks/list", { cursor: "$task" }],
  ["tasks/cancel", { taskId: "$task" }],
];

const NOTIFICATIONS: typeof COMMON = [
  ["notifications/initialized", {}],
  ["notifications/cancelled", { requestId: 1, reason: "enough" }],
  ["notifications/cancelled", { requestId: "$call" }],
  ["notifications/progress", { progressToken: 1, progress: 0.5, total: 1, message: "half" }],
  ["notifications/roots/list_changed", {}],
];

/** What a client says to a question, with its id where it is a message. */
export const ANSWERS: readonly unknown[] = [
  { action: "accept", content: { name: "Ada" } },
  { action: "accept" },
  { action: "decline" },
  { role: "assistant", content: { type: "text", text: "42" }, model: "m" },
  {
    role: "assistant",
    content: [{ type: "tool_use", id: "1", name: "t", input: {} }],
    model: "m",
    stopReason: "toolUse",
  },
  { roots: [{ uri: "file:///project", name: "project" }] },
];

export function initialize(revision: string, capabilities: object = CAPABILITIES): Message {
  const params = { protocolVersion: revision, capabilities, clientInfo: CLIENT_INFO };
  return { jsonrpc: "2.0", id: 0, method: "initialize", params };
}

const IDS = [1, "a", 7, "$call"] as const;

function requests(list: typeof COMMON): Message[] {
  return list.map(([method, params], nth) => ({
    jsonrpc: "2.0",
    id: IDS[nth % IDS.length] as string | number,
    method,
    ...(Object.keys(params).length > 0 && { params }),
  }));
}

const LEGACY_REQUESTS: readonly Message[] = requests([...COMMON, ...ONLY_LEGACY]);

/** All that a client of a revision with handshake may send, but for `initialize`. */
export const LEGACY_MESSAGES: readonly Message[] = [
  ...LEGACY_REQUESTS,
  ...NOTIFICATIONS.map(([method, params]) => ({ jsonrpc: "2.0" as const, method, params })),
  ...ANSWERS.map((result) => ({ jsonrpc: "2.0" as const, id: "$ask", result })),
  { jsonrpc: "2.0", id: "$ask", error: { code: -1, message: "User rejected the request" } },
  { jsonrpc: "2.0", id: 99, result: {} },
];

/** All that a client of the revision without handshake may send. */
export const MODERN_MESSAGES: readonly Message[] = [
  ...requests([...COMMON, ...ONLY_MODERN]).map((message) => ({
    ...message,
    params: { ...message.params, _meta: { ...META, ...(message.params?.["_meta"] as object | undefined) } },
  })),
  {
    jsonrpc: "2.0",
    id: 3,
    method: "tools/call",
    params: { name: "report", _meta: { ...META, "io.modelcontextprotocol/logLevel": "debug" } },
  },
  {
    jsonrpc: "2.0",
    method: "notifications/cancelled",
    params: { requestId: "$call", _meta: META },
  },
];

/** Messages that belong together, so that what one begins another often goes on with. */
export function topicsOf(messages: readonly Message[]): readonly (readonly Message[])[] {
  const about = (words: RegExp) => messages.filter((message) => words.test(JSON.stringify(message)));
  return [
    about(/"tasks\/|"later"|"must"/),
    about(/"later","arguments":\{"ask":true|"tasks\/(result|get|update|cancel)"/),
    about(/"name":"ask"|requestState|"result":/),
    about(/"name":"ask"|cancelled"/),
    about(/asking|roots/),
    about(/\$cursor|\/list"/),
    about(/"open"|"use"/),
    about(/subscri|"touch"|test:\/\/plain/),
    about(/"report"|setLevel|progress/),
  ];
}
