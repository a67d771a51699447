import { type ClientTransport, type ElicitResult, McpClient, type Subscription } from "slipway/client";
import { Arrivals } from "./arrivals.ts";
import type { CallOptions, Notice, Peer, Reference, ToolResult } from "./peer.ts";

/** `slipway/client`. */
export class PeerSlipway implements Peer {
  readonly notices = new Arrivals<Notice>();
  answer: Peer["answer"] = () => ({ action: "cancel" });
  subscription: Subscription | undefined;
  readonly #versions: readonly string[] | undefined;
  #client: McpClient | undefined;

  /** @param versions the revisions that it may speak; undefined: all */
  constructor(versions?: readonly string[]) {
    this.#versions = versions;
  }

  get client(): McpClient {
    if (this.#client === undefined) throw new Error("The client is not connected.");
    return this.#client;
  }

  async connect(transport: ClientTransport): Promise<void> {
    this.#client = await McpClient.connect(transport, {
      info: { name: "peer-slipway", version: "1.0.0" },
      ...(this.#versions && { protocolVersions: this.#versions }),
      // Where many tests run at once, programs take their time to start.
      probeTimeoutMs: 60_000,
      elicitation: {
        form: async ({ message, requestedSchema }, { signal }) =>
          (await this.answer({ message, requestedSchema, withdrawn: signal })) as ElicitResult,
      },
    });
  }

  get protocolVersion(): string {
    return this.client.protocolVersion;
  }

  get serverName(): string | undefined {
    return this.client.serverInfo?.name;
  }

  listTools() {
    return all(this.client.tools());
  }

  listResources() {
    return all(this.client.resources());
  }

  listTemplates() {
    return all(this.client.resourceTemplates());
  }

  async listPrompts() {
    const prompts = await all(this.client.prompts());
    return prompts.map(({ name, arguments: args }) => ({ name, ...(args && { arguments: args }) }));
  }

  async call(
    name: string,
    args: { [name: string]: unknown },
    options: CallOptions = {},
  ): Promise<ToolResult> {
    const { onProgress, signal } = options;
    return (await this.client.callTool(name, args, {
      ...(onProgress && { onProgress }),
      ...(signal && { signal }),
    })) as ToolResult;
  }

  async read(uri: string) {
    return (await this.client.readResource(uri)).contents;
  }

  async prompt(name: string, args: { [name: string]: string }) {
    return (await this.client.getPrompt(name, args)).messages;
  }

  async complete({ ref, argument, context }: Reference) {
    return (await this.client.complete(ref, argument, context?.arguments)).completion;
  }

  async watch(uris: readonly string[]): Promise<void> {
    await this.subscription?.close();
    const filter = { toolsListChanged: true, resourceSubscriptions: uris };
    this.subscription = await this.client.listen(filter, (change) => this.notices.add(change));
  }

  async close(): Promise<void> {
    await this.subscription?.close();
    await this.client.close();
  }
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
