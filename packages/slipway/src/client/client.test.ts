import { afterEach, describe, expect, it, vi } from "vitest";
import * as z from "zod";
import {
  InMemoryClientRequestAdapter,
  InMemorySessionAdapter,
  McpServer,
  StreamableHttpTransport,
} from "../index.ts";
import {
  type ClientOptions,
  HttpTransport,
  type HttpTransportOptions,
  McpClient,
  RpcError,
} from "./index.ts";

const HANDSHAKE = "2025-11-25";
const MODERN = "2026-07-28";
const info = { name: "test", version: "1.0.0" };

const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

/** A real server, reached without a network. */
class Served {
  readonly server = new McpServer({ name: "served", version: "1.0.0" });
  /** Every request that it got. */
  readonly requests: Request[] = [];
  /** Comes before the server, where it returns something. */
  intercept: (request: Request) => Response | undefined | Promise<Response | undefined> = () => undefined;
  #handle: (request: Request) => Promise<Response>;

  constructor() {
    this.#handle = this.#start();
  }

  #start() {
    const transport = new StreamableHttpTransport({
      sessionAdapter: new InMemorySessionAdapter(),
      clientRequestAdapter: new InMemoryClientRequestAdapter(),
    });
    const handle = transport.bind(this.server);
    open.push(handle);
    return handle;
  }

  /** Forgets every session. */
  restart(): void {
    this.#handle = this.#start();
  }

  readonly fetch: HttpTransportOptions["fetch"] = async (url, init) => {
    const request = new Request(url, init);
    this.requests.push(request.clone());
    const { signal } = request;
    const aborted = new Promise<never>((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    const answer = async () => (await this.intercept(request.clone())) ?? this.#handle(request);
    const response = await Promise.race([answer(), aborted]);
    const body = response.body?.pipeThrough(new TransformStream(), { signal }) ?? null;
    return new Response(body, response);
  };

  async connect(options: Partial<ClientOptions> = {}, http: HttpTransportOptions = {}): Promise<McpClient> {
    const transport = new HttpTransport("http://localhost/mcp", {
      fetch: this.fetch,
      reconnection: { delayMs: 1, maxDelayMs: 5 },
      ...http,
    });
    const client = await McpClient.connect(transport, { info, ...options });
    open.push(client);
    return client;
  }

  async sent(method: string) {
    const bodies = await Promise.all(this.requests.map((request) => request.clone().text()));
    const all = bodies.map((body, index) => ({ body, headers: (this.requests[index] as Request).headers }));
    return all
      .filter(({ body }) => body !== "")
      .map(({ body, headers }) => ({ ...JSON.parse(body), headers }))
      .filter((message) => message.method === method);
  }
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const ERAS = [HANDSHAKE, MODERN];

describe("finding out the revision", () => {
  it("takes the newest that both speak, without a handshake where there is one", async () => {
    const served = new Served();
    const client = await served.connect();
    expect(client.protocolVersion).toBe(MODERN);
    expect(client.serverInfo).toMatchObject({ name: "served" });
    expect(await served.sent("initialize")).toEqual([]);
  });

  it.each([HANDSHAKE, "2025-06-18", "2025-03-26", "2024-11-05"])(
    "speaks %s when told to",
    async (version) => {
      const served = new Served();
      served.server.tool("hello", { handler: () => "Hello!" });
      const client = await served.connect({ protocolVersions: [version] });
      expect(client.protocolVersion).toBe(version);
      expect(await served.sent("server/discover")).toEqual([]);
      expect(await client.callTool("hello")).toMatchObject({ content: [{ text: "Hello!" }] });
    },
  );

  const answers: [string, () => Response][] = [
    ["an empty 400", () => new Response("", { status: 400 })],
    ["a 404 with a page", () => new Response("<h1>Not found</h1>", { status: 404 })],
    ["a 500", () => new Response("oops", { status: 500 })],
    [
      "an error of JSON-RPC",
      () => Response.json({ jsonrpc: "2.0", id: null, error: { code: -32000, message: "No" } }),
    ],
    ["what is no JSON", () => new Response("hello", { headers: { "content-type": "application/json" } })],
    ["a result that says nothing", () => Response.json({ jsonrpc: "2.0", id: 1, result: {} })],
  ];
  it.each(answers)("falls back on the handshake after %s", async (_name, answer) => {
    const served = new Served();
    served.intercept = async (request) =>
      (await request.text()).includes("server/discover") ? answer() : undefined;
    expect((await served.connect()).protocolVersion).toBe(HANDSHAKE);
  });

  it.each([401, 403, 429, 503])("does not take a %i for a sign of age", async (status) => {
    const served = new Served();
    served.intercept = () => new Response("", { status, headers: { "retry-after": "7" } });
    const failed = await served.connect().catch((error) => error);
    expect(failed).toMatchObject({ name: "ClientError", code: "status", status });
    expect(failed.headers.get("retry-after")).toBe("7");
    expect(served.requests).toHaveLength(1);
  });

  it("says what the two speak when there is nothing in common", async () => {
    const served = new Served();
    served.intercept = () =>
      Response.json(
        {
          jsonrpc: "2.0",
          id: 1,
          error: { code: -32022, message: "No", data: { supported: ["2030-01-01"] } },
        },
        { status: 400 },
      );
    await expect(served.connect()).rejects.toMatchObject({
      code: "revision",
      message: expect.stringContaining("The server speaks 2030-01-01; this client 2026-07-28"),
    });
  });

  it("refuses options that make no sense", async () => {
    await expect(new Served().connect({ protocolVersions: ["2030-01-01"] })).rejects.toThrow(TypeError);
  });
});

describe.each(ERAS)("in %s", (version) => {
  const connect = (served: Served, options: Partial<ClientOptions> = {}) =>
    served.connect({ protocolVersions: [version], ...options });

  it("fills in the defaults of a form for what the user leaves out", async () => {
    const served = new Served();
    served.server.tool("ask", {
      handler: async (_args, ctx) => {
        const schema = z.object({ name: z.string().default("Jo"), age: z.int().default(3) });
        return (await ctx.elicit({ message: "Who?", schema })).action;
      },
    });
    const asked: unknown[] = [];
    const client = await connect(served, {
      elicitation: {
        form: (request) => {
          asked.push(request.message);
          return { action: "accept", content: { age: 4 } };
        },
      },
    });
    await client.callTool("ask");
    expect(asked).toEqual(["Who?"]);
    const bodies = await Promise.all(served.requests.map((request) => request.text()));
    expect(bodies.join()).toContain('"content":{"age":4,"name":"Jo"}');
  });

  it("answers for models and roots, and several questions at once", async () => {
    const served = new Served();
    served.server.tool("gather", {
      handler: async (_args, ctx) => {
        const [message, roots] = await Promise.all([
          ctx.sample({ messages: [{ role: "user", content: { type: "text", text: "Hi" } }], maxTokens: 5 }),
          ctx.listRoots(),
        ]);
        return `${message.model} ${roots.map(({ uri }) => uri)}`;
      },
    });
    const client = await connect(served, {
      sampling: () => ({ role: "assistant", content: { type: "text", text: "Ho" }, model: "m-1" }),
      roots: () => [{ uri: "file:///a" }],
    });
    expect(await client.callTool("gather")).toMatchObject({ content: [{ text: "m-1 file:///a" }] });
  });

  it("gives up after a time without a word, but not while there is progress", async () => {
    const served = new Served();
    const seen: string[] = [];
    served.server.tool("sleep", {
      handler: (_args, ctx) =>
        new Promise<string>((_resolve, reject) => {
          ctx.signal.addEventListener("abort", () => {
            seen.push("stopped");
            reject(ctx.signal.reason);
          });
        }),
    });
    served.server.tool("work", {
      handler: async (_args, ctx) => {
        for (let progress = 1; progress <= 6; progress++) {
          await new Promise((resolve) => setTimeout(resolve, 100));
          await ctx.progress({ progress });
        }
        return "done";
      },
    });
    const client = await connect(served);
    await expect(client.callTool("sleep", {}, { timeoutMs: 50 })).rejects.toMatchObject({ code: "timeout" });
    await vi.waitFor(() => expect(seen).toEqual(["stopped"]));
    const onProgress = vi.fn();
    expect(await client.callTool("work", {}, { timeoutMs: 400, onProgress })).toMatchObject({
      content: [{ text: "done" }],
    });
    expect(onProgress).toHaveBeenCalledTimes(6);
    await expect(
      client.callTool("work", {}, { timeoutMs: 400, maxTimeoutMs: 250, onProgress }),
    ).rejects.toMatchObject({
      code: "timeout",
    });
  });

  it("does not count the time that the user takes to answer", async () => {
    const served = new Served();
    served.server.tool("ask", {
      handler: async (_args, ctx) => (await ctx.elicit({ message: "?", schema: z.object({}) })).action,
    });
    const client = await connect(served, {
      timeoutMs: 1_000,
      elicitation: {
        form: async () => {
          await new Promise((resolve) => setTimeout(resolve, 1_500));
          return { action: "decline" };
        },
      },
    });
    expect(await client.callTool("ask")).toMatchObject({ content: [{ text: "decline" }] });
  });

  it("hands an error of the server on as it is, and its own as another kind", async () => {
    const served = new Served();
    served.server.tool("fail", {
      handler: () => {
        throw new RpcError(17, "Seventeen", { of: "them" });
      },
    });
    const client = await connect(served);
    const failed = await client.callTool("fail").catch((error) => error);
    expect(failed).toBeInstanceOf(RpcError);
    expect(failed).toMatchObject({ code: 17, message: "Seventeen", data: { of: "them" } });
    served.intercept = () => Promise.reject(new TypeError("fetch failed", { cause: new Error("no route") }));
    await expect(client.callTool("fail")).rejects.toMatchObject({
      name: "ClientError",
      code: "connection",
      message: "http://localhost/mcp could not be reached: no route",
    });
    await client.close();
    await expect(client.callTool("fail")).rejects.toMatchObject({ code: "closed" });
  });

  it("waits for a call that became a task, and answers what it asks", async () => {
    const served = new Served();
    served.server.tool("job", {
      task: "required",
      handler: async (_args, ctx) => {
        const answer = await ctx.elicit({ message: "Go on?", schema: z.object({ sure: z.boolean() }) });
        return `went on: ${answer.action}`;
      },
    });
    const form = vi.fn(() => ({ action: "accept" as const, content: { sure: true } }));
    const client = await connect(served, { elicitation: { form } });
    const statuses: string[] = [];
    const result = await client.callTool("job", {}, { onStatus: ({ status }) => statuses.push(status) });
    expect(result).toMatchObject({ content: [{ text: "went on: accept" }] });
    expect(form).toHaveBeenCalledTimes(1);
    expect(statuses).toContain("input_required");
  });

  it("hands out a task whose id is enough to find it again, and cancels it", async () => {
    const served = new Served();
    served.server.tool("job", {
      task: "optional",
      handler: (_args, ctx) =>
        new Promise<string>((_resolve, reject) => {
          ctx.signal.addEventListener("abort", () => reject(ctx.signal.reason));
        }),
    });
    const client = await connect(served);
    const started = await client.startTool("job", {}, { ttlMs: 60_000 });
    if (!("task" in started)) throw new Error("The call did not become a task.");
    const { taskId } = started.task;
    expect(started.task.last).toMatchObject({ status: "working", ttlMs: expect.any(Number) });
    const again = client.task(taskId);
    expect(await again.get()).toMatchObject({ taskId, status: "working" });
    await again.cancel();
    await vi.waitFor(async () => expect(await again.get()).toMatchObject({ status: "cancelled" }));
    await expect(again.result()).rejects.toMatchObject({ code: "closed" });
  });

  it("goes through all pages of a list", async () => {
    const served = new Served();
    const names = Array.from({ length: 7 }, (_, index) => `tool-${index}`);
    served.intercept = async (request) => {
      const { id, method, params } = JSON.parse((await request.text()) || "{}");
      if (method !== "tools/list") return undefined;
      const from = Number(params.cursor ?? 0);
      const tools = names.slice(from, from + 3).map((name) => ({ name, inputSchema: { type: "object" } }));
      const nextCursor = from + 3 < names.length ? { nextCursor: String(from + 3) } : {};
      return Response.json({ jsonrpc: "2.0", id, result: { tools, ...nextCursor } });
    };
    const client = await connect(served);
    const listed: string[] = [];
    for await (const { name } of client.tools()) listed.push(name);
    expect(listed).toEqual(names);
    expect(await client.listTools({ cursor: "3" })).toMatchObject({ nextCursor: "6", tools: { length: 3 } });
  });

  it("stops at a list that goes round in circles", async () => {
    const served = new Served();
    served.intercept = async (request) => {
      const { id, method } = JSON.parse((await request.text()) || "{}");
      if (method !== "prompts/list") return undefined;
      return Response.json({ jsonrpc: "2.0", id, result: { prompts: [], nextCursor: "again" } });
    };
    const client = await connect(served);
    await expect(all(client.prompts())).rejects.toMatchObject({ code: "protocol" });
  });

  it("passes a request and its answer on as text, with what comes before", async () => {
    const served = new Served();
    served.server.tool("work", {
      handler: async (_args, ctx) => {
        await ctx.progress({ progress: 1 });
        return "done";
      },
    });
    const client = await connect(served);
    const meta = {
      progressToken: "t",
      ...(version === MODERN && {
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientCapabilities": {},
      }),
    };
    const params = { name: "work", arguments: {}, _meta: meta };
    const text = JSON.stringify({ jsonrpc: "2.0", id: "f-1", method: "tools/call", params });
    const before: string[] = [];
    const request = { id: "f-1", method: "tools/call", name: "work", progressToken: "t", text };
    const response = await client.forward(request, (message) => void before.push(message.text));
    expect(before.map((one) => JSON.parse(one))).toMatchObject([
      { params: { progressToken: "t", progress: 1 } },
    ]);
    expect(JSON.parse(response.text)).toMatchObject({ id: "f-1", result: { content: [{ text: "done" }] } });
    expect((await served.sent("tools/call"))[0]).toMatchObject({ id: "f-1", params });
  });

  it("asks for headers before each request, for tokens that are renewed", async () => {
    const served = new Served();
    let count = 0;
    const headers = async () => ({ authorization: `Bearer ${++count}` });
    const client = await served.connect({ protocolVersions: [version], listen: false }, { headers });
    await client.ping();
    const tokens = served.requests.map((request) => request.headers.get("authorization"));
    expect(tokens).toEqual(tokens.map((_, index) => `Bearer ${index + 1}`));
    expect(tokens.length).toBeGreaterThan(1);
  });
});

describe("in revisions with sessions", () => {
  const protocolVersions = [HANDSHAKE];

  it("opens another session when the server has forgotten the first, and sends the request again", async () => {
    const served = new Served();
    served.server.tool("hello", { handler: () => "Hello!" });
    const client = await served.connect({ protocolVersions, listen: false });
    const before = client.sessionId;
    served.restart();
    expect(await client.callTool("hello")).toMatchObject({ content: [{ text: "Hello!" }] });
    expect(client.sessionId).not.toBe(before);
    expect(await served.sent("initialize")).toHaveLength(2);
  });

  it("subscribes anew in another session, and reports what may have changed meanwhile", async () => {
    const served = new Served();
    served.server.tool("hello", { handler: () => "Hello!" });
    served.server.resource("note://a", { name: "a", handler: () => "A" });
    const client = await served.connect({ protocolVersions });
    const changes: unknown[] = [];
    const filter = { toolsListChanged: true, resourceSubscriptions: ["note://a"] };
    await client.listen(filter, ({ method, params }) => changes.push(params?.["uri"] ?? method));
    served.restart();
    await client.ping();
    await vi.waitFor(() => expect(changes).toEqual(["notifications/tools/list_changed", "note://a"]), 3000);
    expect(await served.sent("resources/subscribe")).toHaveLength(2);
  });

  it("ends the session when it is closed", async () => {
    const served = new Served();
    const client = await served.connect({ protocolVersions });
    const { sessionId } = client;
    await client.close();
    const last = served.requests.at(-1) as Request;
    expect([last.method, last.headers.get("mcp-session-id")]).toEqual(["DELETE", sessionId]);
  });

  it("tells the server which callbacks there are not", async () => {
    const served = new Served();
    served.server.tool("ask", {
      handler: async (_args, ctx) => (await ctx.elicit({ message: "?", schema: z.object({}) })).action,
    });
    const client = await served.connect({ protocolVersions });
    await expect(client.callTool("ask")).rejects.toMatchObject({ code: -32601 });
    const [opening] = await served.sent("initialize");
    expect(opening.params.capabilities).toEqual({});
  });

  it("does not let the server read what went wrong in a callback", async () => {
    const served = new Served();
    served.server.tool("ask", {
      handler: async (_args, ctx) => (await ctx.elicit({ message: "?", schema: z.object({}) })).action,
    });
    const onWarning = vi.fn();
    const form = () => {
      throw new Error("the password is 1234");
    };
    const client = await served.connect({ protocolVersions, onWarning, elicitation: { form } });
    await client.callTool("ask").catch(() => {});
    expect(onWarning).toHaveBeenCalledWith(
      "The callback for elicitation/create failed: the password is 1234",
    );
    const bodies = await Promise.all(served.requests.map((request) => request.text()));
    expect(bodies.join()).toContain("The client could not answer.");
    expect(bodies.join()).not.toContain("1234");
  });
});

describe("in revisions without sessions", () => {
  it("repeats arguments in headers as the tool wants it, and learns of that when it is refused", async () => {
    const served = new Served();
    served.server.tool("query", {
      inputSchema: {
        type: "object",
        properties: { region: { type: "string", "x-mcp-header": "Region" }, limit: { type: "integer" } },
      } as const,
      handler: ({ region }) => `in ${region}`,
    });
    const client = await served.connect();
    const ask = () => client.callTool("query", { region: "Zürich", limit: 3 });
    expect(await ask()).toMatchObject({ content: [{ text: "in Zürich" }] });
    expect(await ask()).toMatchObject({ content: [{ text: "in Zürich" }] });
    const calls = (await served.sent("tools/call")).map(({ headers }) => headers.get("mcp-param-region"));
    expect(calls).toEqual([null, "=?base64?WsO8cmljaA==?=", "=?base64?WsO8cmljaA==?="]);
  });

  it("says so when the server asks for what there is no callback for", async () => {
    const served = new Served();
    served.intercept = async (request) => {
      const { id, method } = JSON.parse(await request.text());
      if (method !== "tools/call") return undefined;
      const inputRequests = { q: { method: "sampling/createMessage", params: {} } };
      return Response.json({ jsonrpc: "2.0", id, result: { resultType: "input_required", inputRequests } });
    };
    const client = await served.connect();
    await expect(client.callTool("any")).rejects.toMatchObject({ code: "unanswered" });
  });

  it("does not take a result of a type that it does not know", async () => {
    const served = new Served();
    served.intercept = async (request) => {
      const { id, method } = JSON.parse(await request.text());
      if (method !== "prompts/get") return undefined;
      return Response.json({ jsonrpc: "2.0", id, result: { resultType: "riddle" } });
    };
    await expect((await served.connect()).getPrompt("any")).rejects.toMatchObject({ code: "protocol" });
  });

  it("says that a revision lacks what it is asked for", async () => {
    const client = await new Served().connect();
    await expect(all(client.tasks())).rejects.toMatchObject({ code: "revision" });
  });
});
