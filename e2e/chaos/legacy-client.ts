import { setTimeout as pause } from "node:timers/promises";
import { type ClientInit, endWith, finish, refusal } from "./client.ts";
import type { CallSeen, Seen } from "./history.ts";
import { BrokenError, eventsOf, isEventStream, jsonOf, type Message, persistently, send } from "./wire.ts";

/** A client of 2025-11-25: keeps a session, comes back for streams that break, and answers questions elsewhere. */
export class LegacyClient {
  readonly subject: string;
  readonly seen: Seen[];
  session = "";
  /** How often it was told that what it watches has changed. */
  changes = 0;
  /** Of the last event of a call. */
  lastEventId = "";
  readonly #url: string;
  readonly #gone: AbortSignal;
  readonly #patienceMs: number;
  #next = 1;

  constructor({ url, subject, seen, gone, patienceMs }: ClientInit) {
    this.#url = url;
    this.subject = subject;
    this.seen = seen;
    this.#gone = gone;
    this.#patienceMs = patienceMs;
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
    const watch = { id: this.#next++, method: "resources/subscribe", params: { uri: "chaos://thing" } };
    await (await this.#surely(watch)).text().catch(() => {});
    void this.#listen();
  }

  /** Keeps a stream open, as long as the client lives. */
  async #listen(): Promise<void> {
    let last: string | undefined;
    while (!this.#gone.aborted) {
      try {
        const response = await this.get(last);
        if (response.status === 410) last = undefined;
        if (!response.ok) await response.body?.cancel();
        else
          for await (const { id, message } of eventsOf(response)) {
            last = id ?? last;
            if (message.method === "notifications/resources/updated") this.changes++;
          }
      } catch {
        // It broke; the next one goes on from there.
      }
      await pause(50);
    }
  }

  async call(key: string, tool: "count" | "ask", to: number): Promise<void> {
    const call: CallSeen = {
      type: "call",
      key,
      tool,
      era: "legacy",
      subject: this.subject,
      progress: [],
      to,
    };
    this.seen.push(call);
    const id = this.#next++;
    const args = tool === "count" ? { to, everyMs: 20 } : { key };
    const params = { name: tool, arguments: args, _meta: { progressToken: key } };
    const deadline = Date.now() + this.#patienceMs;
    const enough = AbortSignal.timeout(this.#patienceMs);
    try {
      let response = await this.post({ id, method: "tools/call", params }, this.session, enough);
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
        if (last === undefined) throw new BrokenError();
        await pause(50);
        const place = last;
        const resumed = await persistently(deadline, () => this.get(place, this.session, enough));
        if (resumed === undefined) return;
        response = resumed;
      }
    } catch (error) {
      endWith(call, error);
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
    return send(this.#url, {
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
