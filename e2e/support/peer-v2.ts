import { Client, type McpSubscription, type Transport } from "@modelcontextprotocol/client";
import { Arrivals } from "./arrivals.ts";
import type { CallOptions, Notice, Peer, Reference, ToolResult } from "./peer.ts";

/** How a client of 2.x finds the protocol: by a handshake, by 2026-07-28 alone, or by asking the server. */
export type Mode = "legacy" | "modern" | "auto";

/** `@modelcontextprotocol/client` 2.x. */
export class PeerV2 implements Peer {
  readonly notices = new Arrivals<Notice>();
  answer: Peer["answer"] = () => ({ action: "cancel" });
  readonly client: Client;
  /** Of 2026-07-28. */
  subscription: McpSubscription | undefined;
  readonly #watched = new Set<string>();

  constructor(mode: Mode) {
    this.client = new Client(
      { name: "peer-v2", version: "1.0.0" },
      {
        capabilities: { elicitation: {} },
        versionNegotiation: { mode: mode === "modern" ? { pin: "2026-07-28" } : mode },
      },
    );
    this.client.setRequestHandler("elicitation/create", ({ params }, { mcpReq }) =>
      this.answer({ ...params, withdrawn: mcpReq.signal }),
    );
    this.client.setNotificationHandler("notifications/resources/updated", (notice) =>
      this.notices.add(notice),
    );
    this.client.setNotificationHandler("notifications/tools/list_changed", ({ method }) =>
      this.notices.add({ method }),
    );
  }

  connect(transport: Transport): Promise<void> {
    return this.client.connect(transport);
  }

  get protocolVersion(): string | undefined {
    return this.client.getNegotiatedProtocolVersion();
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

  call(name: string, args: { [name: string]: unknown }, options: CallOptions = {}): Promise<ToolResult> {
    const { onProgress, signal } = options;
    return this.client.callTool(
      { name, arguments: args },
      { ...(onProgress && { onprogress: onProgress }), ...(signal && { signal }) },
    );
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
    if (this.client.getProtocolEra() === "modern") {
      await this.subscription?.close();
      const filter = { toolsListChanged: true, resourceSubscriptions: [...uris] };
      this.subscription = await this.client.listen(filter);
      return;
    }
    for (const uri of this.#watched) if (!uris.includes(uri)) await this.client.unsubscribeResource({ uri });
    for (const uri of uris) await this.client.subscribeResource({ uri });
    this.#watched.clear();
    for (const uri of uris) this.#watched.add(uri);
  }

  close(): Promise<void> {
    return this.client.close();
  }
}
