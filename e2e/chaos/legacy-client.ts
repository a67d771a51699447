import { setTimeout as pause } from "node:timers/promises";
import { type ClientInit, endWith, finish, refusal } from "./client.ts";
import type { CallSeen, Seen, Tool } from "./history.ts";
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

/** A client of 2025-11-25: keeps a session, comes back for streams that break, and answers questions elsewhere. */
export class LegacyClient {
  readonly subject: string;
  readonly seen: Seen[];
  session = "";
  readonly watcher = new Watcher();
  /** Of the last event of a call. */
  lastEventId = "";
  readonly #url: string;
  readonly #gone: AbortSignal;
  readonly #patienceMs: number;
  readonly #thinkMs: number;
  readonly #send: typeof send;
  #next = 1;

  constructor({ url, subject, seen, gone, patienceMs, thinkMs = 0, retries }: ClientInit) {
    this.#url = url;
    this.subject = subject;
    this.seen = seen;
    this.#gone = gone;
    this.#patienceMs = patienceMs;
    this.#thinkMs = thinkMs;
    this.#send = retries ? sendAgain : send;
  }

  async open(): Promise<void> {
    const params = {
      protocolVersion: "2025-11-25",
      capabilities: { elicitation: {} },
      clientInfo: { name: "chaos", version: "1" },
    };
    for (;;) {
      const response = await this.#surely({ id: 0, method: "initialize", params });
      await response.text().catch(() => {});
      this.session = response.headers.get("mcp-session-id") ?? "";
      if (this.session !== "") break;
    }
    await (await this.#surely({ method: "notifications/initialized" })).text().catch(() => {});
    const watch = { id: this.#next++, method: "resources/subscribe", params: { uri: WATCHED } };
    await (await this.#surely(watch)).text().catch(() => {});
    void this.watcher.watch((place) => this.get(place), this.#gone);
  }

  async call(key: string, tool: Tool, to: number): Promise<void> {
    const call: CallSeen = {
      type: "call",
      key,
      tool,
      era: "legacy",
      subject: this.subject,
      progress: [],
      to,
      ...(tool === "work" && { statuses: [] }),
    };
    this.seen.push(call);
    try {
      if (tool === "work") await this.#work(call);
      else {
        const args = tool === "count" ? { to, everyMs: 20 } : { key };
        const meta = { progressToken: key };
        await this.#follow(call, "tools/call", { name: tool, arguments: args, _meta: meta });
      }
    } catch (error) {
      endWith(call, error);
    }
  }

  /** Sends a request, and comes back for its stream until that has ended. */
  async #follow(call: CallSeen, method: string, params: object): Promise<void> {
    const id = this.#next++;
    const deadline = Date.now() + this.#patienceMs;
    const enough = AbortSignal.timeout(this.#patienceMs);
    let response = await this.post({ id, method, params }, this.session, enough);
    for (let last: string | undefined; call.end === undefined && Date.now() < deadline; ) {
      if (!isEventStream(response)) {
        const { result, error } = response.ok ? await jsonOf(response) : { error: await refusal(response) };
        finish(call, result, error);
        return;
      }
      for await (const event of eventsOf(response)) {
        last = event.id ?? last;
        this.#take(call, id, event.message, deadline);
      }
      if (last !== undefined) this.lastEventId = last;
      if (call.end !== undefined) return;
      // The stream broke. Without a place in it there is nothing to come back to.
      if (last === undefined) throw new BrokenError("The stream broke off before its first event.");
      await pause(50);
      const place = last;
      const resumed = await persistently(deadline, () => this.get(place, this.session, enough));
      if (resumed === undefined) return;
      response = resumed;
    }
  }

  /** Has a task made, looks at it until it has ended, and answers what it asks on the stream of `tasks/result`. */
  async #work(call: CallSeen): Promise<void> {
    const params = { name: "work", arguments: { key: call.key }, task: {} };
    const made = await this.post({ id: this.#next++, method: "tools/call", params });
    const { result, error } = made.ok ? await jsonOf(made) : { error: await refusal(made) };
    const taskId: string | undefined = result?.task?.taskId;
    if (taskId === undefined) return finish(call, result, error);
    const deadline = Date.now() + this.#patienceMs;
    let asked = false;
    for (; Date.now() < deadline; await pause(150)) {
      const task = await this.#read("tasks/get", { taskId });
      if (task.error !== undefined) return finish(call, undefined, task.error);
      const { status } = task.result;
      if (call.statuses?.at(-1) !== status) call.statuses?.push(status);
      if (["completed", "failed", "cancelled"].includes(status)) break;
      if (status !== "input_required" || asked) continue;
      asked = true;
      // Broken or not: the task says how it goes on.
      const stream: CallSeen = { ...call, progress: [] };
      void this.#follow(stream, "tasks/result", { taskId })
        .catch(() => {})
        .finally(() => {
          asked = false;
        });
    }
    if (Date.now() >= deadline) return;
    const end = await this.#read("tasks/result", { taskId });
    finish(call, end.result, end.error);
  }

  /** The answer to a request that may be sent again. */
  async #read(method: string, params: object): Promise<Message> {
    for (;;) {
      const id = this.#next++;
      const response = await this.#surely({ id, method, params });
      try {
        if (!isEventStream(response))
          return response.ok ? await jsonOf(response) : { error: await refusal(response) };
        for await (const { message } of eventsOf(response)) if (message.id === id) return message;
      } catch (error) {
        if (!(error instanceof BrokenError)) throw error;
      }
    }
  }

  #take(call: CallSeen, id: number, message: Message, deadline: number): void {
    if (message.method === "notifications/progress") {
      call.progress.push({ at: message.params?.progress ?? 0, subject: message.params?.message ?? "" });
    }
    if (message.method === "elicitation/create") {
      // Twice at once, through different machines: one of the two counts.
      for (const nonce of [`${call.key}-1`, `${call.key}-2`]) void this.#answer(message.id, nonce, deadline);
    }
    if (message.id === id && message.method === undefined) finish(call, message.result, message.error);
  }

  async #answer(id: string | number | undefined, nonce: string, deadline: number): Promise<void> {
    const result = { action: "accept", content: { nonce } };
    if (this.#thinkMs > 0) await pause(this.#thinkMs);
    const response = await persistently(deadline, () => this.post({ id, result })).catch(() => undefined);
    await response?.text().catch(() => {});
  }

  /** Tries what is another's. */
  async tryAt(other: LegacyClient): Promise<void> {
    const posted = await persistently(Date.now() + this.#patienceMs, () =>
      this.post({ id: this.#next++, method: "ping" }, other.session),
    );
    const read = await persistently(Date.now() + this.#patienceMs, () =>
      this.get(other.lastEventId, other.session),
    );
    for (const [what, response] of [
      ["a request in", posted],
      ["the events of", read],
    ] as const) {
      if (response === undefined) continue;
      await response.body?.cancel();
      const { status } = response;
      this.seen.push({
        type: "trial",
        subject: this.subject,
        what: `${what} ${other.subject}'s session`,
        status,
      });
    }
  }

  async touch(): Promise<void> {
    const params = { name: "touch", arguments: {} };
    await (await this.#surely({ id: this.#next++, method: "tools/call", params })).text().catch(() => {});
  }

  async #surely(message: object): Promise<Response> {
    const response = await persistently(Date.now() + this.#patienceMs, () => this.post(message));
    if (response === undefined) throw new Error("No server answered in time.");
    return response;
  }

  /** @param enough ends the request, also when its answer has begun */
  post(message: object, session = this.session, enough = this.#gone): Promise<Response> {
    return this.#send(this.#url, {
      method: "POST",
      headers: this.#headers(session, { "content-type": "application/json" }),
      body: JSON.stringify({ jsonrpc: "2.0", ...message }),
      signal: AbortSignal.any([this.#gone, enough]),
    });
  }

  get(lastEventId: string | undefined, session = this.session, enough = this.#gone): Promise<Response> {
    const place: Record<string, string> = lastEventId === undefined ? {} : { "last-event-id": lastEventId };
    return send(this.#url, {
      headers: this.#headers(session, place),
      signal: AbortSignal.any([this.#gone, enough]),
    });
  }

  #headers(session: string, more: Record<string, string>): Record<string, string> {
    return {
      authorization: `Bearer ${this.subject}`,
      accept: "application/json, text/event-stream",
      ...(session !== "" && { "mcp-session-id": session, "mcp-protocol-version": "2025-11-25" }),
      ...more,
    };
  }
}
