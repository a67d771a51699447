import {
  type Context,
  type McpHandler,
  McpServer,
  type Principal,
  StreamableHttpTransport,
  type StreamableHttpTransportOptions,
} from "slipway";
import * as z from "zod";
import { recordingLogger } from "../recording-logger.ts";
import { type Message, readMessages, requestOf } from "./client.ts";

export const sure = z.object({ sure: z.boolean() });

export const yes = { action: "accept", content: { sure: true } };
export const no = { action: "accept", content: { sure: false } };

/** What came back for one request. */
export interface Turn {
  readonly status: number;
  /** Questions by their names; undefined where the call has ended. */
  readonly asks: { readonly [key: string]: { readonly params: { readonly message: string } } } | undefined;
  readonly state: string | undefined;
  /** The text of the result. */
  readonly text: string | undefined;
  readonly error: { readonly code: number; readonly message: string; readonly data?: unknown } | undefined;
  readonly logs: readonly unknown[];
  readonly progress: readonly number[];
}

export interface Said {
  readonly state?: unknown;
  readonly answers?: { readonly [key: string]: unknown };
  /** Put over the parameters. */
  readonly params?: object;
  readonly meta?: object;
  readonly method?: string;
  readonly auth?: Principal;
  readonly signal?: AbortSignal;
}

const META = {
  progressToken: "p",
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {
    elicitation: { form: {}, url: {} },
    sampling: {},
    roots: {},
  },
  "io.modelcontextprotocol/logLevel": "debug",
};

/** A modern client and a server with the tool `run`. */
export class Conversation {
  readonly #log = recordingLogger();
  readonly server: McpServer;
  readonly handler: McpHandler;

  constructor(
    run: (ctx: Context, args: { readonly [name: string]: unknown }) => unknown,
    options: StreamableHttpTransportOptions = {},
  ) {
    this.server = new McpServer({ name: "replay", version: "1", logger: this.#log }).tool("run", {
      inputSchema: z.looseObject({}),
      handler: (args, ctx) => run(ctx, args) as Promise<string>,
    });
    this.handler = new StreamableHttpTransport(options).bind(this.server);
  }

  /** What the server has logged. */
  get log(): string[] {
    return this.#log.lines.map(({ level, message }) => `${level}: ${message}`);
  }

  /** What it logged beside the words: the first thing of each line. */
  get details(): unknown[] {
    return this.#log.lines.map(({ details }) => details[0]);
  }

  /** Another server of the same handlers. */
  elsewhere(options: StreamableHttpTransportOptions): McpHandler {
    return new StreamableHttpTransport(options).bind(this.server);
  }

  async say(said: Said = {}, handler = this.handler): Promise<Turn> {
    const { state, answers, auth, signal } = said;
    const params = {
      name: "run",
      arguments: {},
      ...said.params,
      _meta: { ...META, ...said.meta },
      ...(state !== undefined && { requestState: state }),
      ...(answers !== undefined && { inputResponses: answers }),
    };
    const method = said.method ?? "tools/call";
    const named = params as { name?: string; uri?: string };
    const headers = {
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": method,
      ...(method !== "tools/list" && {
        "mcp-name": (method === "resources/read" ? named.uri : named.name) ?? "",
      }),
    };
    const messages: Message[] = [];
    const request = requestOf({ jsonrpc: "2.0", id: 1, method, params }, headers, signal);
    const response = await handler(request, auth === undefined ? {} : { auth });
    await readMessages(response, (message) => messages.push(message));
    return turnOf(response.status, messages);
  }
}

function turnOf(status: number, messages: readonly Message[]): Turn {
  const { result, error } = messages.find((message) => message.method === undefined) ?? {};
  const of = (method: string) => messages.filter((message) => message.method === method);
  return {
    status,
    asks: result?.inputRequests,
    state: result?.requestState,
    text: result?.content?.[0]?.text,
    error,
    logs: of("notifications/message").map(({ params }) => params.data),
    progress: of("notifications/progress").map(({ params }) => params.progress),
  };
}

/** What the questions of a turn say, in order. */
export function messagesOf({ asks }: Turn): string[] {
  return Object.values(asks ?? {}).map(({ params }) => params.message);
}
