import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RedisServer } from "../stores/redis-servers.ts";
import { Child } from "../support/child.ts";
import { freePort } from "../support/free-port.ts";
import { Caller } from "./caller.ts";
import { Issuer } from "./issuer.ts";

const AUDIENCE = "https://notes.example/mcp";
const SECRET = "a secret that the machines of these tests share";
const ALL = "notes:read notes:write";
const YES = { action: "accept", content: { sure: true } };

/** Whose ids are tried, and by whom. */
const OTHERS = ["a namesake at another tenant", "a colleague at the same tenant"] as const;

describe.each(["memory", "redis"] as const)("two tenants over %s", (kind) => {
  const folder = mkdtempSync(join(tmpdir(), "slipway-tenants-"));
  const children: Child[] = [];
  const issuers: Issuer[] = [];
  let redis: RedisServer | undefined;
  /** One instance, or two of which each request goes to another. */
  let urls: string[] = [];
  let turn = 0;
  let ada: Caller;
  let others: { [who in (typeof OTHERS)[number]]: Caller };
  let reader: Caller;

  const next = () => urls[turn++ % urls.length] as string;

  beforeAll(async () => {
    const [acme, globex] = [await Issuer.start(), await Issuer.start()];
    issuers.push(acme, globex);
    if (kind === "redis") redis = await RedisServer.start();
    for (let n = 0; n < (redis === undefined ? 1 : 2); n++) {
      const port = await freePort();
      const args = [
        ...["--tenant", `acme=${acme.url}`, "--tenant", `globex=${globex.url}`],
        ...["--audience", AUDIENCE, "--folder", folder, "--port", String(port)],
        ...(redis === undefined ? [] : ["--store", redis.url]),
      ];
      children.push(new Child("examples/tenants/serve.ts", args, { SECRET }));
    }
    const started = await Promise.all(children.map((child) => child.says(/at (http\S+)/)));
    urls = started.map(([, url = ""]) => url);
    ada = new Caller(await acme.token("ada", AUDIENCE, ALL));
    reader = new Caller(await acme.token("rea", AUDIENCE, "notes:read"));
    others = {
      "a namesake at another tenant": new Caller(await globex.token("ada", AUDIENCE, ALL)),
      "a colleague at the same tenant": new Caller(await acme.token("eve", AUDIENCE, ALL)),
    };
  });

  afterAll(async () => {
    for (const child of children) expect(await child.stop(), child.stderr).toBe(0);
    for (const issuer of issuers) await issuer.stop();
    await redis?.stop();
    rmSync(folder, { recursive: true });
  });

  const namesake = () => others["a namesake at another tenant"];
  const textOf = (reply: { message: { result?: { content?: { text: string }[] } } }) =>
    reply.message.result?.content?.[0]?.text;

  test("each has a database of its own, and its people share it", async () => {
    await ada.modern(next(), "tools/call", { name: "add_note", arguments: { text: "the secret of acme" } });
    await namesake().modern(next(), "tools/call", {
      name: "add_note",
      arguments: { text: "the plan of globex" },
    });
    const list = { name: "list_notes", arguments: {} };
    expect(textOf(await reader.modern(next(), "tools/call", list))).toBe("1. the secret of acme (ada)");
    expect(textOf(await namesake().modern(next(), "tools/call", list))).toBe("1. the plan of globex (ada)");
    expect(textOf(await namesake().modern(next(), "resources/list"))).toBeUndefined();
    const listed = await namesake().modern(next(), "resources/list");
    expect(listed.text).toContain("the plan of globex");
    expect(listed.text).not.toContain("acme");
    expect(readdirSync(folder).filter((file) => file.endsWith(".db"))).toEqual([
      expect.stringMatching(/^acme-[0-9a-f]{16}\.db$/),
      expect.stringMatching(/^globex-[0-9a-f]{16}\.db$/),
    ]);
  });

  test("who may only read is told which scope is missing, and nothing is done", async () => {
    const refused = await reader.modern(next(), "tools/call", {
      name: "add_note",
      arguments: { text: "mine" },
    });
    expect(refused.status).toBe(403);
    expect(refused.headers.get("www-authenticate")).toMatch(
      /error="insufficient_scope".*scope="[^"]*notes:write/,
    );
    expect(
      (await reader.modern(next(), "tools/call", { name: "list_notes", arguments: {} })).text,
    ).not.toContain("mine");
  });

  test("an issuer speaks for its own tenant alone", async () => {
    const stranger = await Issuer.start();
    issuers.push(stranger);
    const unknown = new Caller(await stranger.token("ada", AUDIENCE, ALL));
    const wrongAudience = new Caller(
      await (issuers[0] as Issuer).token("ada", "https://elsewhere.example", ALL),
    );
    for (const caller of [unknown, wrongAudience, new Caller("nonsense")]) {
      const refused = await caller.modern(next(), "tools/list");
      expect(refused.status).toBe(401);
      expect(refused.headers.get("www-authenticate")).toContain('error="invalid_token"');
    }
  });

  describe.each(OTHERS)("the ids of one open nothing for %s", (who) => {
    test("a session, its events, its questions and its end", async () => {
      const other = others[who];
      const session = await ada.openSession(next());
      const asked = await ada.asked(next(), session, "erase_notes");
      const answer = { id: asked.question, result: YES };
      for (const refused of [
        await other.legacy(next(), session, { id: 1, method: "tools/list" }),
        await other.legacy(next(), session, answer),
        await other.listen(next(), session),
        await other.listen(next(), session, asked.eventId),
      ]) {
        expect(refused.status).toBe(404);
        expect(refused.text).not.toContain("acme");
      }
      expect(await other.end(next(), session)).toBe(404);
      // In a session of their own, ids of the other's stream and question are nothing either.
      const own = await other.openSession(next());
      expect((await other.listen(next(), own, asked.eventId)).text).not.toContain("Erase");
      await other.legacy(next(), own, answer);
      expect(textOf(await ada.modern(next(), "tools/call", { name: "list_notes", arguments: {} }))).toContain(
        "acme",
      );
      expect(await ada.end(next(), session)).toBeLessThan(300);
    });

    test("a suspended call", async () => {
      const call = { name: "erase_notes", arguments: {} };
      const asked = await ada.modern(next(), "tools/call", call);
      const [key = ""] = Object.keys(asked.message.result.inputRequests);
      const again = {
        ...call,
        inputResponses: { [key]: YES },
        requestState: asked.message.result.requestState,
      };
      const refused = await others[who].modern(next(), "tools/call", again);
      expect(refused.status).toBe(400);
      expect(refused.message.error.message).toContain('"requestState" cannot be continued here');
      expect(textOf(await ada.modern(next(), "tools/call", { name: "list_notes", arguments: {} }))).toContain(
        "acme",
      );
    });

    test("a draft", async () => {
      const draft =
        textOf(await ada.modern(next(), "tools/call", { name: "begin_draft", arguments: {} })) ?? "";
      const add = (line: string) => ({ name: "add_to_draft", arguments: { draft, line } });
      expect(textOf(await ada.modern(next(), "tools/call", add("first")))).toBe("first");
      const refused = await others[who].modern(next(), "tools/call", add("theirs"));
      expect(refused.text).not.toContain("first");
      expect(refused.message.result?.isError ?? refused.message.error).toBeTruthy();
      expect(textOf(await ada.modern(next(), "tools/call", add("second")))).toBe("first\nsecond");
    });

    test("a task", async () => {
      const made = await ada.modern(next(), "tools/call", { name: "export_notes", arguments: {} });
      const { taskId } = made.message.result;
      expect(taskId).toMatch(/\w{16,}/);
      const inputResponses = { elicitation: YES };
      for (const [method, params] of [
        ["tasks/get", { taskId }],
        ["tasks/update", { taskId, inputResponses }],
        ["tasks/cancel", { taskId }],
      ] as const) {
        const refused = await others[who].modern(next(), method, params);
        expect(refused.message.error, method).toMatchObject({ code: -32602 });
        expect(refused.text).not.toContain("acme");
      }
      await expect
        .poll(async () => (await ada.modern(next(), "tasks/get", { taskId })).message.result.status)
        .toBe("input_required");
      await ada.modern(next(), "tasks/update", { taskId, inputResponses });
      await expect
        .poll(async () => (await ada.modern(next(), "tasks/get", { taskId })).text)
        .toContain("the secret of acme");
    });
  });
});
