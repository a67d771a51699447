import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";

/** Revisions with two ways of being asked: on the call's stream, and by a result that wants the call again. */
export const revisions = ["2025-11-25", "2026-07-28"] as const;
export type Revision = (typeof revisions)[number];

export interface CallOptions {
  onProgress?: (done: number) => void;
  /** Is told the id of each event of the call's stream, from which the client would go on. */
  onEvent?: (id: string) => void;
}

/** An official client, as anyone would write it. It agrees to all that it is asked. */
export class BankClient {
  readonly revision: Revision;
  /** Is told each question before the user agrees. */
  onQuestion: (message: string) => Promise<void> = async () => {};
  readonly #client: Client;

  static async connect(url: URL, revision: Revision): Promise<BankClient> {
    const client = new BankClient(revision);
    const reconnectionOptions = {
      initialReconnectionDelay: 50,
      maxReconnectionDelay: 500,
      reconnectionDelayGrowFactor: 1.5,
      maxRetries: 20,
    };
    await client.#client.connect(new StreamableHTTPClientTransport(url, { reconnectionOptions }));
    return client;
  }

  private constructor(revision: Revision) {
    this.revision = revision;
    this.#client = new Client(
      { name: "bank-client", version: "1.0.0" },
      {
        capabilities: { elicitation: {} },
        versionNegotiation: { mode: revision === "2025-11-25" ? "legacy" : { pin: revision } },
      },
    );
    this.#client.setRequestHandler("elicitation/create", async ({ params }) => {
      await this.onQuestion(params.message);
      return { action: "accept", content: { sure: true } };
    });
  }

  /** Answers with the text of the tool's result; rejects when the call fails. */
  async call(
    name: string,
    args: { [name: string]: unknown } = {},
    { onProgress, onEvent }: CallOptions = {},
  ): Promise<string> {
    const { content } = await this.#client.callTool(
      { name, arguments: args },
      {
        ...(onProgress && { onprogress: ({ progress }) => onProgress(progress) }),
        ...(onEvent && { onresumptiontoken: onEvent }),
      },
    );
    return content.map((part) => (part.type === "text" ? part.text : part.type)).join();
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}
