import {
  InMemorySessionAdapter,
  type JournalAdapter,
  McpServer,
  RpcError,
  StreamableHttpTransport,
  ToolError,
} from "slipway";
import { until } from "../support/until.ts";
import {
  contentOf,
  Dice,
  endOf,
  type Message,
  type Question,
  readMessages,
  requestOf,
  scripted,
} from "./client.ts";
import { type Doing, interpret, type Program } from "./program.ts";

/** Everything that can be seen of a call from outside. */
export interface Observed {
  /** How it ended. */
  readonly end: string;
  /** The side effects of its steps. */
  readonly effects: readonly string[];
  /** What was asked, each question once. */
  readonly questions: readonly string[];
  readonly logs: readonly string[];
  readonly progress: readonly number[];
}

/** The program as it is written: every question is answered at once, nothing runs twice. */
export async function byReference(program: Program, seed: number): Promise<Observed> {
  const effects: string[] = [];
  const questions: string[] = [];
  const logs: string[] = [];
  const progress: number[] = [];
  const asked = new Map<string, number>();
  const answer = async (method: string, params: object) => {
    const question = { method, params };
    const content = contentOf(question);
    const nth = asked.get(content) ?? 0;
    asked.set(content, nth + 1);
    questions.push(content);
    return structuredClone(scripted(seed, question, nth)) as { [member: string]: unknown };
  };
  const invalid = () => new RpcError(-32602, "invalid");
  let roots: Promise<unknown> | undefined;
  const doing = {
    elicit(asking: { message: string; url?: string }) {
      const answered = doing.form(asking);
      answered.catch(() => {});
      return answered;
    },
    async form(asking: { message: string; url?: string }) {
      const mode = asking.url === undefined ? "form" : "url";
      const said = await answer("elicitation/create", { mode, message: asking.message });
      if (said["action"] !== "accept" || mode === "url") return { action: said["action"] };
      const content = said["content"] as { n: unknown };
      if (typeof content.n !== "number") throw invalid();
      return { action: "accept", content };
    },
    async sample({ messages }: { messages: unknown[] }) {
      const said = await answer("sampling/createMessage", { messages });
      if (said["content"] === undefined) throw invalid();
      return said;
    },
    async listRoots() {
      roots ??= answer("roots/list", {}).then((said) => said["roots"]);
      return [...((await roots) as unknown[])];
    },
    async step(_name: string, run: () => unknown) {
      try {
        const value = await run();
        return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
      } catch (error) {
        throw error instanceof RpcError ? new RpcError(error.code, error.message, error.data) : error;
      }
    },
    progress: ({ progress: value }: { progress: number }) => void progress.push(value),
    log: (_level: string, data: unknown) => void logs.push(data as string),
  };
  const end = await interpret(program, doing as unknown as Doing, (what) => effects.push(what)).then(
    (text) => `done ${text}`,
    (error) => {
      if (error instanceof ToolError) return `failed ${error.message}`;
      if (!(error instanceof RpcError)) return "failed Internal error (reference)";
      return error.code === -32602
        ? "error invalid"
        : `error ${error.code} ${error.message} ${JSON.stringify(error.data)}`;
    },
  );
  return { end, effects, questions, logs, progress };
}

/** Side effects, with the request in which they happened. */
type Effects = { readonly id: unknown; readonly what: string }[];

export function serverOf(
  program: Program,
  effects: Pick<Effects, "push">,
  warn: (message: string) => void,
): McpServer {
  const logger = { debug() {}, info() {}, warn, error() {} };
  return new McpServer({ name: "programs", version: "1", logger }).tool("run", {
    handler: (_args, ctx) => interpret(program, ctx, (what) => effects.push({ id: ctx.request.id, what })),
  });
}

const CAPABILITIES = { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} };

/** Over a session's response stream, on which questions are answered in any order, while the handler waits. */
export async function byStream(program: Program, seed: number): Promise<Observed> {
  const dice = new Dice(seed);
  const effects: Effects = [];
  const server = serverOf(program, effects, () => {});
  const handler = new StreamableHttpTransport({ sessionAdapter: new InMemorySessionAdapter() }).bind(server);
  const clientInfo = { name: "c", version: "1" };
  const params = { protocolVersion: "2025-11-25", capabilities: CAPABILITIES, clientInfo };
  const opened = await handler(requestOf({ jsonrpc: "2.0", id: 0, method: "initialize", params }, {}));
  const headers = {
    "mcp-session-id": opened.headers.get("mcp-session-id") as string,
    "mcp-protocol-version": "2025-11-25",
  };
  const send = async (message: object, received: (message: Message) => void = () => {}) =>
    readMessages(await handler(requestOf({ jsonrpc: "2.0", ...message }, headers)), received);
  await send({ method: "notifications/initialized" });

  const asked = new Map<string, number>();
  const questions: string[] = [];
  const notes: Message[] = [];
  const open: { id: unknown; answer: object }[] = [];
  let last: Message | undefined;
  const answerOne = async () => {
    const [said] = open.splice(dice.roll(open.length), 1);
    if (said !== undefined) await send({ id: said.id, result: said.answer });
  };
  await send(
    { id: 1, method: "tools/call", params: { name: "run", arguments: {}, _meta: { progressToken: "p" } } },
    (message) => {
      if (message.method === undefined) last = message;
      else if (message.id === undefined) notes.push(message);
      else {
        const content = contentOf(message as Question);
        const nth = asked.get(content) ?? 0;
        asked.set(content, nth + 1);
        questions.push(content);
        open.push({ id: message.id, answer: scripted(seed, message as Question, nth) });
        setTimeout(() => void answerOne(), dice.roll(3));
      }
    },
  );
  await handler.close();
  return {
    end: endOf(last as Message),
    effects: effects.map(({ what }) => what),
    questions,
    ...emittedIn(notes),
  };
}

function emittedIn(notes: readonly Message[]): { logs: string[]; progress: number[] } {
  const of = (method: string) => notes.filter((note) => note.method === method);
  return {
    logs: of("notifications/message").map(({ params }) => params.data),
    progress: of("notifications/progress").map(({ params }) => params.progress),
  };
}

/** What a client knows that has come so far. */
interface Known {
  /** The request that ended here, and what the client knew when it sent that. */
  readonly id: number;
  readonly before: Known | undefined;
  readonly state: string | undefined;
  /** Questions that wait for their answer, by name. */
  readonly open: ReadonlyMap<string, Question>;
  /** All questions so far, by name, with how often the same was asked before. */
  readonly asked: ReadonlyMap<string, { content: string; nth: number }>;
  readonly notes: readonly Message[];
  /** How it ended, if it has. */
  readonly end: string | undefined;
}

export interface Retries {
  readonly seed: number;
  /** How often to retry in whatever way before the rest is answered straight. */
  readonly detours: number;
  /** Whether journals are kept at the server. */
  readonly kept: JournalAdapter | undefined;
}

/** One way from the first request to an end. */
export interface Way extends Observed {
  /** What went wrong in the conversation itself. */
  readonly faults: readonly string[];
}

const META = {
  progressToken: "p",
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": CAPABILITIES,
  "io.modelcontextprotocol/logLevel": "debug",
};

/**
 * By retries that carry the state: of the latest or an earlier state, with any part of the answers or none, one
 * after the other or two at once, on either of two servers; some are given up. Every way from the first request to an end is
 * observed by itself.
 */
export async function byRetries(program: Program, seed: number, retries: Retries): Promise<Way[]> {
  const dice = new Dice(retries.seed);
  const effects: Effects = [];
  const warnings: string[] = [];
  const requestState = { secrets: ["a secret that both of the servers know"] };
  const journalAdapter = retries.kept;
  const instances = [1, 2].map(() => {
    const server = serverOf(program, effects, (message) => warnings.push(message));
    const options = journalAdapter
      ? { journalAdapter, requestState: { ...requestState, maxLength: 1 } }
      : { requestState };
    return new StreamableHttpTransport(options).bind(server);
  });
  let requests = 0;

  const requestFor = (
    id: number,
    before: Known | undefined,
    names: readonly string[],
    signal?: AbortSignal,
  ): Request => {
    const inputResponses: { [name: string]: object } = { stranger: { action: "accept", content: { n: 1 } } };
    for (const name of names) {
      const nth = before?.asked.get(name)?.nth ?? 0;
      const answer = scripted(seed, before?.open.get(name) as Question, nth);
      Object.defineProperty(inputResponses, name, { value: answer, enumerable: true });
    }
    const carried = before === undefined ? {} : { requestState: before.state, inputResponses };
    const params = { name: "run", arguments: {}, _meta: META, ...carried };
    const message = { jsonrpc: "2.0", id, method: "tools/call", params };
    const headers = {
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": "tools/call",
      "mcp-name": "run",
    };
    return requestOf(message, headers, signal);
  };
  const send = async (before: Known | undefined, names: readonly string[]): Promise<Known> => {
    const id = ++requests;
    const messages: Message[] = [];
    const response = await dice.pick(instances)(requestFor(id, before, names));
    await readMessages(response, (each) => messages.push(each));
    return knownAfter(id, before, messages);
  };
  /** Goes away before the response is there, or while it comes. */
  const abandon = async (before: Known, names: readonly string[]): Promise<void> => {
    const leave = new AbortController();
    const request = requestFor(++requests, before, names, leave.signal);
    void dice
      .pick(instances)(request)
      .then((response) => response.body?.cancel());
    const turns = dice.roll(12);
    for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
    leave.abort();
  };

  const ends: Known[] = [];
  const states: Known[] = [];
  const keep = (known: Known) => void (known.end === undefined ? states : ends).push(known);
  const someOf = (known: Known) => {
    const names = [...known.open.keys()];
    const kind = dice.roll(6);
    if (kind === 0) return [];
    return kind < 4 ? names.filter(() => dice.roll(2) === 0) : names;
  };
  const latest = () => states.at(-1) as Known;
  keep(await send(undefined, []));
  for (let i = 0; i < retries.detours && states.length > 0; i++) {
    const from = dice.roll(4) === 0 ? dice.pick(states) : latest();
    if (dice.roll(8) === 0) await abandon(from, someOf(from));
    else if (dice.roll(4) > 0) keep(await send(from, someOf(from)));
    else (await Promise.all([send(from, someOf(from)), send(dice.pick(states), [])])).forEach(keep);
  }
  // Straight on, from the latest state.
  for (let known = states.at(-1), i = 0; known !== undefined && known.end === undefined; i++) {
    if (i > 500) throw new Error("The call does not come to an end.");
    known = await send(known, [...known.open.keys()]);
    keep(known);
  }
  const working = () => instances.some(({ load }) => load.calls + load.streams > 0);
  await until(() => !working(), "no call is left at work");
  const faults = warnings.map((warning) => `The log says: ${warning}`);
  return ends.map((end) => wayTo(end, effects, faults));
}

function knownAfter(id: number, before: Known | undefined, messages: readonly Message[]): Known {
  const last = messages.find((message) => message.id === id) as Message;
  const notes = messages.filter((message) => message.method !== undefined);
  const result = last.result;
  const asked = new Map(before?.asked);
  const common = { id, before, notes, asked };
  if (result?.resultType !== "input_required") {
    return { ...common, state: undefined, open: new Map(), end: endOf(last) };
  }
  const open = new Map(Object.entries(result.inputRequests as { [name: string]: Question }));
  for (const [name, question] of open) {
    const content = contentOf(question);
    const nth = [...asked.values()].filter((other) => other.content === content).length;
    if (!asked.has(name)) asked.set(name, { content, nth });
  }
  return { ...common, state: result.requestState, open, end: undefined };
}

function wayTo(end: Known, effects: Effects, faults: readonly string[]): Way {
  const way: Known[] = [];
  for (let known: Known | undefined = end; known !== undefined; known = known.before) way.unshift(known);
  const ids = new Set<unknown>(way.map(({ id }) => id));
  return {
    end: end.end as string,
    effects: effects.filter(({ id }) => ids.has(id)).map(({ what }) => what),
    questions: [...end.asked.values()].map(({ content }) => content),
    ...emittedIn(way.flatMap(({ notes }) => notes)),
    faults,
  };
}
