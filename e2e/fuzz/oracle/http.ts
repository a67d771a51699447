import { fault } from "../fault.ts";
import { type Message, MODERN } from "../generate/messages.ts";
import { type Asked, asked, type Id } from "./ids.ts";
import { checkMessage, isKnown, MANY } from "./messages.ts";

/** What docs/errors.md names, with the answers of all that went well. */
export const DOCUMENTED = new Set([200, 202, 204, 400, 403, 404, 405, 406, 410, 413, 415, 429, 503]);

const VERSION = "io.modelcontextprotocol/protocolVersion";

/** One message on its way to a server over HTTP, and what may come back. */
export class Expectation {
  readonly asked: Asked;
  /** All that the client sent. */
  readonly sent: string;
  readonly revision: string;
  /** Whether the call was ended by its client, so that no answer need come. */
  excused = false;
  /** Questions of the server that came on the way. */
  questions = 0;
  readonly #open: { readonly id: Id; readonly method: string }[];

  readonly httpMethod: string;
  /** Of all requests so far, by their ids: a stream that is resumed has the answers of earlier ones. */
  readonly #earlier: ReadonlyMap<unknown, string>;

  /** @param session the revision of the session that is named, where there is one */
  constructor(
    httpMethod: string,
    text: string,
    headers: ReadonlyMap<string, string>,
    session: string | undefined,
    earlier: ReadonlyMap<unknown, string>,
  ) {
    this.httpMethod = httpMethod;
    this.#earlier = earlier;
    this.asked = asked(text);
    this.sent = `${text}\n${[...headers.values()].join("\n")}`;
    this.revision = revisionOf(text, this.asked, headers.get("mcp-protocol-version"), session);
    this.#open = [...this.asked.requests];
  }

  get listens(): boolean {
    return this.httpMethod === "GET" || this.asked.requests.some(({ method }) => LISTENS.has(method));
  }

  /** Whether every request has its answer. */
  get settled(): boolean {
    return this.#open.length === 0;
  }

  checkHead(status: number, type: string | null): void {
    if (!DOCUMENTED.has(status)) fault(`The status ${status} is not documented`, this.sent);
    const stream = type === "text/event-stream";
    if (stream && status !== 200) fault(`A stream has the status ${status}`, this.sent);
    if (type !== null && !stream && type !== "application/json")
      fault(`The media type is ${type}`, this.sent);
    if (status === 202 && this.asked.requests.length > 0 && !this.excused)
      fault("A request was accepted without an answer", this.sent);
  }

  /** A whole body that is no stream. */
  checkBody(status: number, text: string): Message[] {
    if (text === "") {
      const mayBeEmpty = status === 202 || status === 204 || (status === 200 && this.httpMethod !== "POST");
      if (!mayBeEmpty && !this.excused) fault(`An answer with status ${status} is empty`, this.sent);
      return [];
    }
    if (text.startsWith("[")) return this.#batch(text);
    const message = this.take(text);
    if (status === 200 && !this.settled && !this.excused) fault("A request has no answer", text, this.sent);
    if (status >= 400 && message.error === undefined)
      fault(`A result has the status ${status}`, text, this.sent);
    return [message];
  }

  #batch(text: string): Message[] {
    if (!this.asked.batch) fault("A single message is answered with a batch", text, this.sent);
    const messages = (JSON.parse(text) as unknown[]).map((each) => this.take(JSON.stringify(each)));
    if (!this.settled && !this.excused) fault("A request of a batch has no answer", text, this.sent);
    return messages;
  }

  /** One message of the server, alone or in a stream. */
  take(text: string): Message {
    const { sent } = this;
    const head = JSON.parse(text) as Message;
    if (head.method !== undefined) {
      if (head.id !== undefined && this.revision === MODERN)
        fault("A client of 2026-07-28 is sent a request", text, sent);
      if (head.id !== undefined) this.questions++;
      return checkMessage(text, { sent, revision: this.revision });
    }
    const at = this.#open.findIndex(({ id }) => id === head.id);
    const request = this.#open[at];
    if (head.id !== undefined && request === undefined) this.#checkStray(head, text);
    if (request !== undefined) this.#open.splice(at, 1);
    const one = this.asked.requests.length === 1 ? this.asked.requests[0]?.method : undefined;
    const method = this.httpMethod === "GET" ? this.#earlier.get(head.id) : (this.#methodOf(request) ?? one);
    const revision = method === "initialize" ? negotiated(head, this.revision) : this.revision;
    return checkMessage(text, { sent, revision, method });
  }

  #methodOf(request: { readonly id: Id; readonly method: string } | undefined): string | undefined {
    const alike = this.asked.requests.filter(({ id }) => id === request?.id);
    return alike.every(({ method }) => method === request?.method) ? request?.method : MANY;
  }

  /** A response to no request answers a malformed message. */
  #checkStray(response: Message, text: string): void {
    // A GET has the answers of whatever stream it goes on with.
    if (this.httpMethod === "GET") return;
    const answered = this.asked.requests.some(({ id }) => id === response.id);
    if (!this.asked.malformed.includes(response.id) || response.error === undefined)
      fault(
        answered ? "A request is answered twice" : "A response has an id that nobody sent",
        text,
        this.sent,
      );
  }
}

const LISTENS = new Set(["subscriptions/listen"]);

function negotiated({ result }: Message, otherwise: string): string {
  const version = (result as { protocolVersion?: string } | undefined)?.protocolVersion;
  return isKnown(version) ? version : otherwise === MODERN ? "2025-11-25" : otherwise;
}

/** Which revision a message speaks: as the specification tells them apart. */
function revisionOf(
  text: string,
  read: Asked,
  header: string | undefined,
  session: string | undefined,
): string {
  if (read.json && !read.batch) {
    const body = JSON.parse(text) as {
      method?: unknown;
      params?: { _meta?: { [key: string]: unknown } };
    } | null;
    if (body?.params?._meta?.[VERSION] === MODERN || header === MODERN) return MODERN;
    if (body?.method === "server/discover" && header === undefined) return MODERN;
  }
  if (session !== undefined) return session;
  return isKnown(header) && header !== MODERN ? header : "2025-03-26";
}
