import { setTimeout as pause } from "node:timers/promises";
import { type ClientInit, endWith, finish, refusal } from "./client.ts";
import type { CallSeen, Tool } from "./history.ts";
import { WATCHED, Watcher } from "./watcher.ts";
import {
  BrokenError,
  eventsOf,
  isEventStream,
  jsonOf,
  type Message,
  persistently,
  send,
  sendAgain,
} from "./wire.ts";

const CAPABILITIES = { elicitation: {}, extensions: { "io.modelcontextprotocol/tasks": {} } };

/** A client of 2026-07-28: each of its requests stands alone, wherever it goes. */
export class ModernClient {
  readonly watcher = new Watcher();
  readonly #init: ClientInit;
  #next = 1;

  constructor(init: ClientInit) {
    this.#init = init;
  }

  get subject(): string {
    return this.#init.subject;
  }

  /** Subscribes, and again whenever the stream breaks. */
  listen(): void {
    const params = { notifications: { resourceSubscriptions: [WATCHED] } };
    void this.watcher.watch(() => this.#post("subscriptions/listen", undefined, params), this.#init.gone);
  }

  async call(key: string, tool: Tool, to: number): Promise<void> {
    const call: CallSeen = {
      type: "call",
      key,
      tool,
      era: "modern",
      subject: this.#init.subject,
      progress: [],
      to,
      ...(tool === "work" && { statuses: [] }),
    };
    this.#init.seen.push(call);
    try {
      if (tool === "work") await this.#work(call);
      else await this.#call(call, tool === "count" ? { to, everyMs: 20 } : { key });
    } catch (error) {
      endWith(call, error);
    }
  }

  async #call(call: CallSeen, args: object): Promise<void> {
    let carried: object = {};
    for (;;) {
      const params = { name: call.tool, arguments: args, ...carried };
      const { result, error } = await this.#request("tools/call", call.tool, params, call);
      if (result?.resultType !== "input_required") return finish(call, result, error);
      await this.#think();
      carried = { requestState: result.requestState, inputResponses: answersTo(result, `${call.key}-1`) };
    }
  }

  async #think(): Promise<void> {
    const { thinkMs = 0 } = this.#init;
    if (thinkMs > 0) await pause(thinkMs);
  }

  /** Has a task made, looks at it until it has ended, and answers what it asks. */
  async #work(call: CallSeen): Promise<void> {
    const made = await this.#request(
      "tools/call",
      "work",
      { name: "work", arguments: { key: call.key } },
      call,
    );
    const { taskId } = made.result ?? {};
    if (taskId === undefined) return finish(call, made.result, made.error);
    for (const deadline = Date.now() + this.#init.patienceMs; Date.now() < deadline; await pause(150)) {
      const task = await this.#surely("tasks/get", taskId, { taskId });
      if (task.error !== undefined) return finish(call, undefined, task.error);
      const { status, result, error } = task.result;
      if (call.statuses?.at(-1) !== status) call.statuses?.push(status);
      if (status === "completed") return finish(call, result, undefined);
      if (status === "failed" || status === "cancelled")
        return finish(call, undefined, error ?? { message: `It is ${status}.` });
      if (status !== "input_required") continue;
      await this.#think();
      // Twice at once: one of the two counts.
      await Promise.all(
        [1, 2].map((nth) =>
          this.#surely("tasks/update", taskId, {
            taskId,
            inputResponses: answersTo(task.result, `${call.key}-${nth}`),
          }),
        ),
      );
    }
  }

  /** A request that may be sent again. */
  async #surely(method: string, name: string, params: { [name: string]: unknown }): Promise<Message> {
    for (const deadline = Date.now() + this.#init.patienceMs; ; ) {
      const response = await persistently(deadline, () => this.#post(method, name, params));
      if (response === undefined) throw new BrokenError("No server answered in time.");
      try {
        return await jsonOf(response);
      } catch (error) {
        if (!(error instanceof BrokenError)) throw error;
      }
    }
  }

  async #request(method: string, name: string, params: object, call: CallSeen): Promise<Message> {
    const response = await this.#post(method, name, { ...params, progress: call.key });
    if (!response.ok) return { error: await refusal(response) };
    if (!isEventStream(response)) return jsonOf(response);
    for await (const { message } of eventsOf(response)) {
      if (message.method === undefined) return message;
      if (message.method === "notifications/progress")
        call.progress.push({ at: message.params?.progress ?? 0, subject: message.params?.message ?? "" });
    }
    throw new BrokenError("The stream broke off.");
  }

  #post(
    method: string,
    name: string | undefined,
    params: { progress?: string; [name: string]: unknown },
  ): Promise<Response> {
    const { progress, ...rest } = params;
    const meta = {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientCapabilities": CAPABILITIES,
      ...(progress !== undefined && { progressToken: progress }),
    };
    return (this.#init.retries ? sendAgain : send)(this.#init.url, {
      method: "POST",
      headers: {
        authorization: `Bearer ${this.#init.subject}`,
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        "mcp-protocol-version": "2026-07-28",
        "mcp-method": method,
        ...(name !== undefined && { "mcp-name": name }),
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: this.#next++, method, params: { ...rest, _meta: meta } }),
      signal: this.#init.gone,
    });
  }
}

function answersTo(result: Message["result"], nonce: string): object {
  const answer = { action: "accept", content: { nonce } };
  return Object.fromEntries(Object.keys(result.inputRequests ?? {}).map((key) => [key, answer]));
}
