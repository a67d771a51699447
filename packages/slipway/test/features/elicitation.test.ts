import {
  ERROR_CODES,
  type FormAnswer,
  InMemoryJournalAdapter,
  McpServer,
  type Principal,
  RpcError,
} from "slipway";
import { describe, expect, expectTypeOf, test } from "vitest";
import * as z from "zod";
import { recordingLogger } from "../recording-logger.ts";
import {
  type Answers,
  gate,
  httpTransports,
  matrix,
  openWire,
  type Wild,
  type Wire,
} from "../support/index.ts";

const info = { name: "asker", version: "1.0.0" };
const alice: Principal = { subject: "alice" };
const bob: Principal = { subject: "bob" };
const url = "https://asker.example/connect?flow=1";

const unasked: Answers = ({ method }) => {
  throw new Error(`${method} was asked.`);
};

const nameForm = z.object({ name: z.string() });

function makeServer(logger = recordingLogger()) {
  return new McpServer({ ...info, logger })
    .tool("form", {
      handler: async (_args, ctx) =>
        JSON.stringify(await ctx.elicit({ message: "Who are you?", schema: nameForm })),
    })
    .tool("url", {
      handler: async (_args, ctx) => JSON.stringify(await ctx.elicit({ message: "Please connect.", url })),
    });
}

/** A tool that asks as the test says, and tells what came of it. */
function asking(elicitation: unknown, logger = recordingLogger()) {
  return new McpServer({ ...info, logger }).tool("ask", {
    handler: async (_args, ctx) => {
      try {
        return JSON.stringify(await ctx.elicit(elicitation as { message: string; url: string }));
      } catch (error) {
        // What suspends the call is not for the handler.
        if ((error as Error).name === "SuspendSignal") throw error;
        return `refused: ${(error as Error).message}`;
      }
    },
  });
}

describe.each(matrix())("elicitation in $revision over $transport", ({ transport, revision, era }) => {
  const open = (server: McpServer, options: object = {}) =>
    openWire(server, { transport, era: revision, ...options });

  test(`nothing is asked in a mode that the client does not have [${revision}/elicitation/supported-modes-only]`, async () => {
    const cases = [
      [{}, ["form", "url"]],
      [{ elicitation: {} }, ["url"]],
      [{ elicitation: { form: {} } }, ["url"]],
      [{ elicitation: { url: {} } }, ["form"]],
    ] as const;
    for (const [capabilities, missing] of cases) {
      const wire = await open(makeServer(), { capabilities });
      for (const mode of ["form", "url"] as const) {
        const answer = mode === "form" ? { action: "accept", content: { name: "x" } } : { action: "accept" };
        if (!(missing as readonly string[]).includes(mode)) {
          const { result } = await wire.callTool(mode, {}, { answers: { "elicitation/create": answer } });
          expect(JSON.parse(result.content[0].text)).toEqual(answer);
          continue;
        }
        const { error, asks, requests } = await wire.callTool(mode, {}, { answers: unasked });
        expect([...asks, ...requests]).toEqual([]);
        expect(error.message).toContain(mode === "url" ? '"elicitation.url"' : '"elicitation"');
        if (era === "modern") {
          expect(error).toMatchObject({
            code: ERROR_CODES.MISSING_REQUIRED_CLIENT_CAPABILITY,
            data: { requiredCapabilities: { elicitation: mode === "url" ? { url: {} } : {} } },
          });
        }
      }
    }
  });

  test(`there is no question without a message [${revision}/elicitation/has-message]`, async () => {
    for (const message of [undefined, "", " \n", 7, null]) {
      for (const kind of [{ schema: nameForm }, { url }]) {
        const wire = await open(asking({ message, ...kind }));
        const reply = await wire.callTool("ask", {}, { answers: unasked });
        expect(reply.toolText).toMatch(/^refused: .*message/);
        expect([...reply.asks, ...reply.requests]).toEqual([]);
      }
    }
    const wire = await open(makeServer());
    const cancel = { answers: { "elicitation/create": { action: "cancel" } } };
    expect((await wire.callTool("form", {}, cancel)).asks).toMatchObject([
      { params: { message: "Who are you?" } },
    ]);
    expect((await wire.callTool("url", {}, cancel)).asks).toMatchObject([
      { params: { message: "Please connect." } },
    ]);
  });

  test(`a form is asked with mode, message and a schema of an object [${revision}/elicitation/form-request]`, async () => {
    const wire = await open(makeServer());
    const { asks } = await wire.callTool(
      "form",
      {},
      { answers: { "elicitation/create": { action: "cancel" } } },
    );
    expect(asks.map(({ method, params }) => ({ method, params }))).toEqual([
      {
        method: "elicitation/create",
        params: {
          mode: "form",
          message: "Who are you?",
          requestedSchema: {
            type: "object",
            properties: { name: { type: "string" } },
            required: ["name"],
          },
        },
      },
    ]);
  });

  test(`a form is flat: what it can ask for is sent as specified, and all else refused by name [${revision}/elicitation/form-schema-flat]`, async () => {
    const properties = {
      text: { type: "string", title: "Text", description: "Any.", minLength: 1, maxLength: 9, default: "a" },
      email: { type: "string", format: "email" },
      uri: { type: "string", format: "uri" },
      date: { type: "string", format: "date" },
      time: { type: "string", format: "date-time" },
      number: { type: "number", minimum: 0.5, maximum: 1.5, default: 1 },
      integer: { type: "integer", minimum: 1, maximum: 9 },
      boolean: { type: "boolean", default: true },
      choice: { type: "string", enum: ["a", "b"], default: "a" },
      titled: {
        type: "string",
        oneOf: [
          { const: "a", title: "A" },
          { const: "b", title: "B" },
        ],
      },
      several: { type: "array", minItems: 1, maxItems: 2, items: { type: "string", enum: ["a", "b"] } },
      severalTitled: {
        type: "array",
        items: {
          anyOf: [
            { const: "a", title: "A" },
            { const: "b", title: "B" },
          ],
        },
      },
    };
    const schema = { type: "object", properties, required: ["text"] };
    const wire = await open(asking({ message: "All?", schema }));
    const { asks } = await wire.callTool(
      "ask",
      {},
      { answers: { "elicitation/create": { action: "decline" } } },
    );
    expect(asks[0]?.params.requestedSchema).toEqual(schema);

    const refused = {
      nested: { type: "object", properties: {} },
      objects: { type: "array", items: { type: "object" } },
      numbers: { type: "array", items: { type: "number" } },
      union: { anyOf: [{ type: "string" }, { type: "number" }] },
      choiceOfNumbers: { enum: [1, 2] },
      anything: {},
    };
    for (const [name, property] of Object.entries(refused)) {
      const none = await open(
        asking({ message: "?", schema: { type: "object", properties: { [name]: property } } }),
      );
      const reply = await none.callTool("ask", {}, { answers: unasked });
      expect(reply.toolText, name).toMatch(new RegExp(`^refused: .*"${name}"`));
      expect([...reply.asks, ...reply.requests]).toEqual([]);
    }
    // A format that forms do not have is left out, and the answer is held to it all the same.
    const ip = { type: "object", properties: { ip: { type: "string", format: "ipv4" } }, required: ["ip"] };
    const formatted = await open(asking({ message: "?", schema: ip }));
    const wrong = { action: "accept", content: { ip: "nowhere" } };
    const reply = await formatted.callTool("ask", {}, { answers: { "elicitation/create": wrong } });
    expect(reply.asks[0]?.params.requestedSchema.properties.ip).toEqual({ type: "string" });
    expect(reply.toolText).toMatch(/^refused: .*ip/);
  });

  test(`a URL is asked with mode, message and URL, and with an id where the revision has one [${revision}/elicitation/url-request]`, async () => {
    const wire = await open(makeServer());
    const { asks } = await wire.callTool(
      "url",
      {},
      { answers: { "elicitation/create": { action: "accept" } } },
    );
    expect(asks.map(({ method }) => method)).toEqual(["elicitation/create"]);
    const [{ elicitationId, ...params }] = asks.map((ask) => ask.params) as [Wild];
    expect(params).toEqual({ mode: "url", message: "Please connect.", url });
    if (era === "legacy") expect(elicitationId).toMatch(/^[0-9a-f-]{36}$/);
    else expect(elicitationId).toBeUndefined();
  });

  test(`what is no URL is refused where it is asked [${revision}/elicitation/url-valid]`, async () => {
    for (const wrong of ["", "not a url", "/path", "//host/path", "https://", 7]) {
      const wire = await open(asking({ message: "?", url: wrong }));
      const reply = await wire.callTool("ask", {}, { answers: unasked });
      expect(reply.toolText, String(wrong)).toMatch(/^refused: /);
      expect([...reply.asks, ...reply.requests]).toEqual([]);
    }
  });

  test(`a URL without encryption is warned of, and one that no browser fetches refused [${revision}/elicitation/url-https]`, async () => {
    const ask = async (to: string) => {
      const logger = recordingLogger();
      const wire = await open(asking({ message: "?", url: to }, logger));
      const reply = await wire.callTool(
        "ask",
        {},
        { answers: { "elicitation/create": { action: "accept" } } },
      );
      return { text: reply.toolText, asked: reply.asks.length, log: logger };
    };
    for (const safe of [
      "https://example.com/x",
      "http://localhost:3000/x",
      "http://127.0.0.1/x",
      "http://[::1]/x",
    ]) {
      const { text, log } = await ask(safe);
      expect(text).toBe('{"action":"accept"}');
      expect(log.lines).toEqual([]);
    }
    const plain = await ask("http://example.com/x?secret=hunter2");
    expect(plain.text).toBe('{"action":"accept"}');
    expect(plain.log.lines).toMatchObject([{ level: "warn", message: expect.stringContaining("use https") }]);
    expect(plain.log.text()).not.toContain("hunter2");
    for (const wrong of [
      "javascript:alert(1)",
      "file:///etc/passwd",
      "data:text/html,x",
      "ftp://example.com",
    ]) {
      expect(await ask(wrong)).toMatchObject({ text: expect.stringMatching(/^refused: .*https/), asked: 0 });
    }
  });

  test(`a link in a form is warned of, by the field's name [${revision}/elicitation/no-links-in-forms]`, async () => {
    const logger = recordingLogger();
    const schema = z.object({
      plain: z.string().describe("Your name."),
      titled: z.string().meta({ title: "See https://example.com" }),
      described: z.string().describe("See HTTP://example.com"),
    });
    const server = new McpServer({ ...info, logger })
      .tool("fields", {
        handler: async (_args, ctx) => (await ctx.elicit({ message: "Who?", schema })).action,
      })
      .tool("message", {
        handler: async (_args, ctx) =>
          (await ctx.elicit({ message: "Look at https://example.com.", schema: nameForm })).action,
      })
      .tool("neither", {
        handler: async (_args, ctx) => (await ctx.elicit({ message: "Who?", schema: nameForm })).action,
      });
    const wire = await open(server);
    const call = (name: string) =>
      wire.callTool(name, {}, { answers: { "elicitation/create": { action: "decline" } } });
    await call("neither");
    expect(logger.lines).toEqual([]);
    await call("fields");
    await call("fields");
    expect(logger.lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
      expect.stringMatching(/^warn The field "titled" of a form has a link/),
      expect.stringMatching(/^warn The field "described" of a form has a link/),
    ]);
    await call("message");
    expect(logger.lines).toHaveLength(3);
    expect(logger.lines[2]?.message).toMatch(/message of a form has a link/);
  });

  test(`an answer that does not fit what was asked does not reach the handler [${revision}/elicitation/answers-validated]`, async () => {
    const properties = {
      name: { type: "string", maxLength: 5 },
      age: { type: "integer", minimum: 0, maximum: 150 },
      colour: { type: "string", enum: ["red", "blue"] },
    };
    const schema = { type: "object", properties, required: ["name"] };
    const wire = await open(asking({ message: "Who?", schema }));
    const answer = async (content: unknown) =>
      (await wire.callTool("ask", {}, { answers: { "elicitation/create": { action: "accept", content } } }))
        .toolText;
    const wrong = [
      {},
      undefined,
      { name: 7 },
      { name: "too long" },
      { name: "x", age: -1 },
      { name: "x", age: 1.5 },
      { name: "x", age: "7" },
      { name: "x", colour: "green" },
      "x",
      [],
    ];
    for (const content of wrong) {
      expect(await answer(content), JSON.stringify(content)).toMatch(
        /^refused: .*answer to elicitation\/create/,
      );
    }
    const right = { name: "x", age: 7, colour: "red" };
    expect(JSON.parse(await answer(right))).toEqual({ action: "accept", content: right });
    // What was not asked for is left out, whatever the schema says of further members.
    expect(
      JSON.parse(await answer(JSON.parse('{"name":"x","admin":true,"__proto__":{"admin":true}}'))),
    ).toEqual({
      action: "accept",
      content: { name: "x" },
    });
  });

  test(`declining, cancelling and nonsense each end the call with an answer ${era === "modern" ? `[${revision}/elicitation/refusals-handled]` : ""}`, async () => {
    const wire = await open(makeServer());
    for (const mode of ["form", "url"]) {
      const call = (answer: object) => wire.callTool(mode, {}, { answers: { "elicitation/create": answer } });
      for (const action of ["decline", "cancel"]) {
        expect((await call({ action })).toolText).toBe(JSON.stringify({ action }));
        expect((await call({ action, content: { name: "ignored" } })).toolText).toBe(
          JSON.stringify({ action }),
        );
      }
      for (const nonsense of [{}, { action: "maybe" }, { action: 7 }, { content: { name: "x" } }]) {
        const { error } = await call(nonsense);
        expect(error.code).toBe(-32602);
        expect(error.message).toContain('needs an "action"');
      }
    }
    expect(
      (await wire.callTool("form", {}, { answers: { "elicitation/create": { action: "decline" } } })).result,
    ).toBeDefined();
  });
});

test("a handler has to look at the action before there is content [2026-07-28/elicitation/success-not-assumed]", async () => {
  type Answer = FormAnswer<{ name: string }>;
  expectTypeOf<Answer>().not.toHaveProperty("content");
  expectTypeOf<Extract<Answer, { action: "accept" }>["content"]>().toEqualTypeOf<{ name: string }>();
  expectTypeOf<Exclude<Answer, { action: "accept" }>>().not.toHaveProperty("content");
  for (const action of ["decline", "cancel"]) {
    const wire = await openWire(makeServer(), { transport: "fetch" });
    const answers = { "elicitation/create": { action, content: { name: "x" } } };
    expect(JSON.parse((await wire.callTool("form", {}, { answers })).toolText)).toEqual({ action });
  }
});

describe.each(matrix({ transports: httpTransports }))(
  "who is asked in $revision over $transport",
  ({ transport, revision, era }) => {
    const answers: Answers = { "elicitation/create": { action: "accept", content: { name: "admin" } } };
    const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
    /** Finds the principal in the token, as an authorization server would. */
    const authenticate = ({ headers }: { headers: { get(name: string): string | null } }) => {
      const token = headers.get("authorization")?.slice("Bearer ".length);
      return token === undefined ? undefined : { subject: token, claims: { token: "digest" } };
    };

    function whoServer() {
      return makeServer()
        .tool("who", { handler: (_args, ctx) => JSON.stringify(ctx.auth ?? null) })
        .tool("askedWho", {
          inputSchema: z.looseObject({}),
          handler: async (_args, ctx) => {
            const before = ctx.auth?.subject;
            await ctx.elicit({ message: "Who are you?", schema: nameForm });
            await ctx.elicit({ message: "Please connect.", url });
            return JSON.stringify([before, ctx.auth?.subject]);
          },
        })
        .tool("headers", {
          handler: (_args, ctx) => {
            const { headers } = ctx.request;
            return JSON.stringify([
              headers.get("authorization"),
              headers.get("Authorization"),
              headers.get("x-own"),
              ctx.auth,
            ]);
          },
        });
    }

    /** A client that shows this token with everything it sends. */
    async function connect(wire: Wire, token: string, more: object = {}): Promise<Wire> {
      const other = await wire.connect({ era: revision, handshake: false, ...more });
      if (era === "legacy") {
        const opened = await other.initialize(bearer(token));
        other.sessionId = opened.headers.get("mcp-session-id") ?? undefined;
        await other.notify("notifications/initialized", {}, bearer(token));
      }
      return other;
    }

    async function openAuthenticated() {
      return openWire(whoServer(), { transport, era: revision, authenticate, handshake: false });
    }

    test(`the caller is whom the credentials name, whatever the client says [${revision}/elicitation/user-verified] [${revision}/elicitation/user-from-authorization]`, async () => {
      const wire = await openAuthenticated();
      const claims = { clientInfo: { name: "bob", version: "1", subject: "bob" } };
      const caller = await connect(wire, "alice", claims);
      const options = {
        ...bearer("alice"),
        answers,
        meta: { subject: "bob", principal: { subject: "bob" }, "com.example/user": "bob" },
      };
      const args = { subject: "bob", auth: { subject: "bob" } };
      const reply = await caller.callTool("askedWho", args, options);
      expect(JSON.parse(reply.toolText)).toEqual(["alice", "alice"]);
      expect(JSON.parse((await caller.callTool("who", {}, bearer("alice"))).toolText)).toMatchObject({
        subject: "alice",
      });
    });

    test(`what a question left is found by the user's credentials only [${revision}/elicitation/user-from-authorization]`, async () => {
      const wire = await openAuthenticated();
      const sameName = { clientInfo: { name: "same", version: "1" } };
      const caller = await connect(wire, "alice", sameName);
      const thief = await connect(wire, "bob", sameName);
      if (era === "legacy") {
        thief.sessionId = caller.sessionId;
        const stolen = await thief.callTool("who", {}, bearer("bob"));
        expect(stolen.status).toBe(404);
        expect((await caller.callTool("who", {}, bearer("alice"))).status).toBe(200);
        return;
      }
      const asked = await caller.callTool("form", {}, bearer("alice"));
      const { requestState } = asked.result;
      const retry = {
        name: "form",
        arguments: {},
        requestState,
        inputResponses: { elicitation: { action: "cancel" } },
      };
      expect((await thief.request("tools/call", retry, bearer("bob"))).error.code).toBe(-32602);
      const elsewhere = await connect(wire, "alice", { clientInfo: { name: "another", version: "2" } });
      expect((await elsewhere.request("tools/call", retry, bearer("alice"))).toolText).toBe(
        '{"action":"cancel"}',
      );
    });

    test(`nothing that an elicitation returns makes anybody of the caller [${revision}/elicitation/not-for-own-authorization]`, async () => {
      const wire = await openWire(whoServer(), { transport, era: revision });
      const accepted = {
        "elicitation/create": {
          action: "accept",
          content: { name: "admin" },
          auth: { subject: "admin" },
          _meta: { principal: { subject: "admin" } },
        },
      };
      const reply = await wire.callTool("askedWho", {}, { answers: accepted });
      expect(reply.asks).toHaveLength(2);
      expect(JSON.parse(reply.toolText)).toEqual([null, null]);
      expect((await wire.callTool("who")).toolText).toBe("null");
    });

    test(`a handler has the caller, but not the token that proved who it is [${revision}/elicitation/no-token-passthrough]`, async () => {
      const wire = await openAuthenticated();
      const caller = await connect(wire, "hunter2");
      const headers = { authorization: "Bearer hunter2", "x-own": "kept" };
      const [plain, capital, own, auth] = JSON.parse(
        (await caller.callTool("headers", {}, { headers })).toolText,
      );
      expect([plain, capital]).toEqual([null, null]);
      expect(own).toBe("kept");
      expect(auth).toEqual({ subject: "hunter2", claims: { token: "digest" } });
      // Where nobody is authenticated by it, the header is one like any other.
      const open = await openWire(whoServer(), { transport, era: revision });
      expect(JSON.parse((await open.callTool("headers", {}, { headers })).toolText)[0]).toBe(
        "Bearer hunter2",
      );
    });

    test(`only the client and the user who were asked can answer [${revision}/elicitation/bound-to-client-and-user] [${revision}/elicitation/state-belongs-to-user]`, async () => {
      const wire = await openWire(makeServer(), { transport, era: revision, principal: alice });
      const ofBob = await wire.connect({ era: revision, principal: bob });
      const ofAlice = await wire.connect({ era: revision, principal: alice });
      if (era === "modern") {
        const { requestState, inputRequests } = (await wire.callTool("form", {})).result;
        const [key = ""] = Object.keys(inputRequests);
        const accepted = { action: "accept", content: { name: "bob" } };
        const retry = { name: "form", arguments: {}, requestState, inputResponses: { [key]: accepted } };
        for (const principal of [bob, undefined, { ...alice, tenant: "other" }]) {
          const other = await wire.connect(principal === undefined ? {} : { principal });
          expect((await other.request("tools/call", retry)).error).toEqual({
            code: -32602,
            message: expect.stringContaining('"requestState" cannot be continued here'),
          });
        }
        expect(JSON.parse((await wire.request("tools/call", retry)).toolText)).toEqual(accepted);
        return;
      }
      const stream = wire.startTool("form");
      const question = await stream.next();
      const forged = { action: "accept", content: { name: "forged" } };
      await ofBob.respond(question.id, forged);
      await ofAlice.respond(question.id, forged);
      ofBob.sessionId = wire.sessionId;
      expect((await ofBob.respond(question.id, forged)).status).toBe(404);
      await wire.respond(question.id, { action: "accept", content: { name: "alice" } });
      expect(JSON.parse((await stream.reply()).toolText)).toEqual({
        action: "accept",
        content: { name: "alice" },
      });
    });

    test(`what is kept of a question shows nothing to whoever may not see it [${revision}/elicitation/state-protected]`, async () => {
      const kept: string[] = [];
      class SpyingAdapter extends InMemoryJournalAdapter {
        override put(sealed: string, ttlMs: number) {
          kept.push(sealed);
          return super.put(sealed, ttlMs);
        }
      }
      const server = new McpServer(info).tool("two", {
        handler: async (_args, ctx) => {
          await ctx.elicit({ message: "First?", schema: nameForm });
          await ctx.elicit({ message: "Second?", schema: nameForm, key: "second" });
          return "done";
        },
      });
      const wire = await openWire(server, {
        transport,
        era: revision,
        principal: alice,
        journalAdapter: new SpyingAdapter(),
        requestState: { maxLength: 16 },
      });
      const other = await wire.connect({ era: revision, principal: bob });
      if (era === "legacy") {
        const stream = wire.startTool("two");
        const { id } = await stream.nextEvent();
        expect((await stream.next()).params.message).toBe("First?");
        // Neither in bob's own session, nor in alice's, whose id he knows.
        const replies = [await other.resume(id as string).reply()];
        other.sessionId = wire.sessionId;
        replies.push(await other.resume(id as string).reply());
        for (const { status, text } of replies) {
          expect(status).toBeGreaterThanOrEqual(400);
          expect(text).not.toContain("First?");
        }
        await stream.cancel();
        return;
      }
      const answer = { action: "accept", content: { name: "hunter2" } };
      const first = (await wire.callTool("two", {})).result;
      const { result } = await wire.request("tools/call", {
        name: "two",
        arguments: {},
        requestState: first.requestState,
        inputResponses: { elicitation: answer },
      });
      expect(result.requestState).toMatch(/^ref\./);
      expect(kept).toHaveLength(2);
      for (const sealed of kept) {
        const bytes = Buffer.from(sealed, "base64url").toString("latin1");
        expect(`${sealed} ${bytes}`).not.toMatch(/hunter2|First|elicitation/);
      }
      const retry = { name: "two", arguments: {}, requestState: result.requestState, inputResponses: {} };
      expect((await other.request("tools/call", retry)).error.code).toBe(-32602);
    });
  },
);

describe.each(httpTransports)("elicitation of 2025-11-25 over %s", (transport) => {
  const era = "2025-11-25";

  test("the id of a session alone opens nothing [2025-11-25/elicitation/state-not-by-session-alone]", async () => {
    const wire = await openWire(makeServer(), { transport, era, principal: alice });
    const stream = wire.startTool("form");
    const question = await stream.next();
    const thief = await wire.connect({ era, principal: bob });
    thief.sessionId = wire.sessionId;
    for (const reply of [
      await thief.respond(question.id, { action: "accept", content: { name: "thief" } }),
      await thief.callTool("form"),
      await thief.get().reply(),
      await thief.delete(),
    ]) {
      expect(reply.status).toBe(404);
    }
    await wire.respond(question.id, { action: "decline" });
    expect((await stream.reply()).toolText).toBe('{"action":"decline"}');
  });

  test("every URL elicitation has an id of its own [2025-11-25/elicitation/id-unique]", async () => {
    const server = () =>
      new McpServer({ ...info, maxAsksPerCall: 250 }).tool("many", {
        handler: async (_args, ctx) => {
          await Promise.all(
            Array.from({ length: 250 }, () => ctx.elicit({ message: "Please connect.", url })),
          );
          return "";
        },
      });
    const machines = [
      await openWire(server(), { transport, era }),
      await openWire(server(), { transport, era }),
    ];
    const answers = { "elicitation/create": { action: "accept" } };
    const replies = await Promise.all(
      machines.flatMap((wire) => [
        wire.callTool("many", {}, { answers }),
        wire.callTool("many", {}, { answers }),
      ]),
    );
    const ids = replies.flatMap(({ asks }) => asks.map(({ params }) => params.elicitationId));
    expect(ids).toHaveLength(1_000);
    expect(new Set(ids).size).toBe(1_000);
  });

  test("no completion is told to anybody but by the runtime, which tells none [2025-11-25/elicitation/complete-to-asker-only] [2025-11-25/elicitation/complete-has-id]", async () => {
    const refusals: string[] = [];
    const attempt = (send: () => void) => {
      try {
        send();
      } catch (error) {
        refusals.push((error as Error).message);
      }
    };
    const complete = "notifications/elicitation/complete" as "notifications/tools/list_changed";
    const server: McpServer = makeServer().tool("complete", {
      handler: async (_args, ctx) => {
        await ctx.elicit({ message: "Please connect.", url });
        attempt(() => ctx.notify(complete, ...([{ elicitationId: "x" }] as unknown as [])));
        attempt(() => server.notify(complete));
        return "done";
      },
    });
    const wire = await openWire(server, { transport, era });
    const other = await wire.connect({ era });
    const listening = [await wire.listen({}), await other.listen({})];
    await wire.callTool("complete", {}, { answers: { "elicitation/create": { action: "accept" } } });
    expect(refusals).toHaveLength(2);
    for (const refusal of refusals) expect(refusal).toContain("expected notifications/resources/updated");
    server.notify("notifications/tools/list_changed");
    for (const stream of listening)
      expect((await stream.next()).method).toBe("notifications/tools/list_changed");
    expect(wire.received.filter(({ method }) => method === complete)).toEqual([]);
  });
});

describe.each(matrix({ revisions: ["2025-11-25"] }))(
  "the URL elicitation required error in $revision over $transport",
  ({ transport, revision }) => {
    const entry = { mode: "url", elicitationId: "1", url, message: "Please connect." };

    test(`is never sent, whatever a handler throws [${revision}/elicitation/required-error-only-for-url] [${revision}/elicitation/required-error-lists] [${revision}/elicitation/required-error-url-mode]`, async () => {
      const thrown = [
        undefined,
        {},
        { elicitations: [] },
        { elicitations: [{ ...entry, mode: "form" }] },
        { elicitations: [entry] },
      ];
      const logger = recordingLogger();
      const server = new McpServer({ ...info, logger });
      for (const [index, data] of thrown.entries()) {
        server.tool(`throws_${index}`, {
          handler: () => {
            throw new RpcError(-32042, "A URL elicitation is required.", data);
          },
        });
      }
      server.onError((error) =>
        error instanceof RangeError ? { code: -32042, message: "Required" } : undefined,
      );
      server.tool("mapped", {
        handler: () => {
          throw new RangeError("x");
        },
      });
      const wire = await openWire(server, { transport, era: revision });
      for (const name of [...thrown.map((_, index) => `throws_${index}`), "mapped"]) {
        expect((await wire.callTool(name)).error.code, name).toBe(-32603);
      }
      expect(logger.text()).toContain("-32042");
      expect(JSON.stringify(wire.received)).not.toContain("-32042");
    });

    test(`is not needed: what needs a URL elicitation asks for it, and goes on [${revision}/elicitation/required-error-code]`, async () => {
      const wire = await openWire(makeServer(), { transport, era: revision });
      const reply = await wire.callTool(
        "url",
        {},
        { answers: { "elicitation/create": { action: "accept" } } },
      );
      expect(reply.asks).toMatchObject([{ params: { mode: "url", url } }]);
      expect(reply.toolText).toBe('{"action":"accept"}');
      const capabilities = { elicitation: { form: {} } };
      const other = await openWire(makeServer(), { transport, era: revision, capabilities });
      const { error } = await other.callTool("url", {}, { answers: unasked });
      expect(error.code).not.toBe(-32042);
      expect(error.message).toContain('"elicitation.url"');
    });

    test("a client that answers with an error ends the question with that error", async () => {
      const wire = await openWire(asking({ message: "?", schema: nameForm }), { transport, era: revision });
      const answers = { "elicitation/create": { error: { code: -32000, message: "The user has left." } } };
      expect((await wire.callTool("ask", {}, { answers })).toolText).toBe("refused: The user has left.");
    });

    test("a client that goes away does not leave its question waiting", async () => {
      const unwound = gate<string>();
      const server = new McpServer({ ...info, logger: recordingLogger() }).tool("ask", {
        handler: async (_args, ctx) => {
          try {
            await ctx.elicit({ message: "?", schema: nameForm });
          } catch (error) {
            unwound.open((error as Error).message);
          }
          return "";
        },
      });
      const wire = await openWire(server, { transport, era: revision });
      const stream = wire.startTool("ask");
      await stream.nextOf("elicitation/create");
      await stream.cancel("never mind");
      expect(await unwound.opened).toContain("never mind");
    });
  },
);
