import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import type { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import {
  CallToolResultSchema,
  ElicitRequestSchema,
  ResourceUpdatedNotificationSchema,
  ToolListChangedNotificationSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { Arrivals } from "./arrivals.ts";
import type { CallOptions, Notice, Peer, Reference, ToolResult } from "./peer.ts";

/** `@modelcontextprotocol/sdk` 1.x. */
export class PeerV1 implements Peer {
  readonly notices = new Arrivals<Notice>();
  answer: Peer["answer"] = () => ({ action: "cancel" });
  readonly client: Client;
  readonly #watched = new Set<string>();

  constructor() {
    this.client = new Client({ name: "peer-v1", version: "1.0.0" }, { capabilities: { elicitation: {} } });
    this.client.setRequestHandler(ElicitRequestSchema, ({ params }, { signal }) =>
      this.answer({ ...params, withdrawn: signal }),
    );
    this.client.setNotificationHandler(ResourceUpdatedNotificationSchema, (notice) =>
      this.notices.add(notice),
    );
    this.client.setNotificationHandler(ToolListChangedNotificationSchema, ({ method }) =>
      this.notices.add({ method }),
    );
  }

  connect(transport: Transport): Promise<void> {
    return this.client.connect(transport);
  }

  /** Ends the session, where the transport has sessions that can be ended. */
  terminateSession(): Promise<void> {
    return (this.client.transport as StreamableHTTPClientTransport).terminateSession();
  }

  get protocolVersion(): string | undefined {
    return (this.client.transport as { protocolVersion?: string } | undefined)?.protocolVersion;
  }

  get serverName(): string | undefined {
    return this.client.getServerVersion()?.name;
  }

  async listTools() {
    return (await this.client.listTools()).tools;
  }

  async listResources() {
    return (await this.client.listResources()).resources;
  }

  async listTemplates() {
    return (await this.client.listResourceTemplates()).resourceTemplates;
  }

  async listPrompts() {
    return (await this.client.listPrompts()).prompts;
  }

  async call(
    name: string,
    args: { [name: string]: unknown },
    options: CallOptions = {},
  ): Promise<ToolResult> {
    const { onProgress, signal } = options;
    const result = await this.client.callTool({ name, arguments: args }, CallToolResultSchema, {
      ...(onProgress && { onprogress: onProgress }),
      ...(signal && { signal }),
    });
    return result as ToolResult;
  }

  async read(uri: string) {
    return (await this.client.readResource({ uri })).contents;
  }

  async prompt(name: string, args: { [name: string]: string }) {
    return (await this.client.getPrompt({ name, arguments: args })).messages;
  }

  async complete(reference: Reference) {
    return (await this.client.complete(reference)).completion;
  }

  async watch(uris: readonly string[]): Promise<void> {
    for (const uri of this.#watched) if (!uris.includes(uri)) await this.client.unsubscribeResource({ uri });
    for (const uri of uris) await this.client.subscribeResource({ uri });
    this.#watched.clear();
    for (const uri of uris) this.#watched.add(uri);
  }

  close(): Promise<void> {
    return this.client.close();
  }
}
