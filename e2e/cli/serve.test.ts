import { createApiKey } from "slipway/auth";
import { afterAll, describe, expect, test } from "vitest";
import { PrometheusText } from "../observe/prometheus-text.ts";
import { peerAt, textOf } from "./connect.ts";
import { Project } from "./project.ts";
import { serving } from "./serving.ts";

const { key, hash } = createApiKey();

const SERVER = `
import { McpServer } from "slipway";
import { z } from "zod";
const server = new McpServer({ name: "hello", version: "1.0.0" });
server.tool("greet", { handler: () => "Hello!" });
server.tool("whoami", { handler: (_, ctx) => ctx.auth?.subject ?? "nobody" });
server.tool("pid", { handler: () => String(process.pid) });
server.tool("count", { handler: (_, ctx) => ctx.session.update("n", (n = 0) => n + 1) .then(String) });
server.tool("wait", {
  inputSchema: z.object({ ms: z.number() }),
  handler: async ({ ms }) => {
    console.error("waiting");
    await new Promise((resolve) => setTimeout(resolve, ms));
    return "waited";
  },
});
server.tool("die", { handler: () => process.exit(7) });
export default server;
export const close = () => console.error("closed by its own hand");
`;

const project = new Project({
  "server.ts": SERVER,
  "keys.json": JSON.stringify([{ hash, subject: "nightly" }]),
  "nobody.json": "[1]",
  "broken.ts": "throw new Error('not today');",
});
afterAll(() => project.remove());

const serve = serving(project);

describe("slipway serve", () => {
  test("serves clients of both eras at the path that it says, and ends on SIGTERM", async () => {
    const { running, url } = await serve("--path", "/tools");
    expect(url.pathname).toBe("/tools");
    for (const mode of ["legacy", "modern"] as const) {
      const peer = await peerAt(url, mode);
      expect(await textOf(peer, "greet")).toBe("Hello!");
      await peer.close();
    }
    const { code, stdout, stderr } = await running.stop();
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect(stderr).toContain("SIGTERM: ending; running calls have 10 s.");
    expect(stderr).toContain("closed by its own hand");
  });

  test.each(["SIGTERM", "SIGINT"] as const)("lets a running call end on %s", async (signal) => {
    const { running, url } = await serve();
    const peer = await peerAt(url);
    const waited = textOf(peer, "wait", { ms: 1_000 });
    await running.says(/waiting/);
    running.signal(signal);
    expect(await waited).toBe("waited");
    expect((await running.finished).code).toBe(0);
  });

  test("ends a call that takes longer than its grace", async () => {
    const { running, url } = await serve("--grace", "100ms");
    const peer = await peerAt(url);
    const waited = textOf(peer, "wait", { ms: 60_000 }).catch((error) => error);
    await running.says(/waiting/);
    expect((await running.stop()).code).toBe(0);
    expect(await waited).toBeInstanceOf(Error);
  });

  test("ends at once on a second signal", async () => {
    const { running, url } = await serve("--grace", "60s");
    const peer = await peerAt(url);
    const waited = textOf(peer, "wait", { ms: 60_000 }).catch((error) => error);
    await running.says(/waiting/);
    running.signal("SIGTERM");
    await running.says(/ending/);
    running.signal("SIGTERM");
    expect((await running.finished).code).toBe(1);
    expect(await waited).toBeInstanceOf(Error);
  });

  test("lets in only who has a key, with --auth keys", async () => {
    const { url } = await serve("--auth", "keys", "--auth-keys", "keys.json");
    await expect(peerAt(url)).rejects.toThrow();
    const peer = await peerAt(url, "auto", { authorization: `Bearer ${key}` });
    expect(await textOf(peer, "whoami")).toBe("nightly");
  });

  test("tells clients where tokens are had, with --auth jwt", async () => {
    const { url } = await serve(
      ...["--auth", "jwt", "--auth-issuer", "https://login.example.com"],
      ...["--auth-audience", "https://mcp.example.com/mcp"],
    );
    const response = await fetch(new URL("/.well-known/oauth-protected-resource", url));
    expect(await response.json()).toMatchObject({ authorization_servers: ["https://login.example.com"] });
    expect((await fetch(url, { method: "POST" })).status).toBe(401);
  });

  test("looks for /ready at what its configuration says", async () => {
    project.write("health.config.js", "export default { health: { checks: { mail: () => false } } };");
    const { url } = await serve("--config", "health.config.js");
    const ready = await fetch(new URL("/ready", url));
    expect([ready.status, await ready.json()]).toMatchObject([
      503,
      { components: { mail: { status: "down" } } },
    ]);
  });

  test("holds back who asks too often, with --rate", async () => {
    const { url } = await serve("--rate", "1/h");
    const ask = () => fetch(url, { method: "POST", body: "{}" });
    expect([(await ask()).status === 429, (await ask()).status]).toEqual([false, 429]);
  });

  test("tells Prometheus what it does, with --metrics-port", async () => {
    const { running, url } = await serve("--metrics-port", "0");
    const [, metrics = ""] = await running.says(/Metrics at (\S+)/);
    const peer = await peerAt(url, "modern");
    for (let i = 0; i < 3; i++) await textOf(peer, "greet");
    await peer.close();
    const text = await PrometheusText.fetch(metrics);
    expect(text.sum("mcp_server_operation_duration_seconds_count", { gen_ai_tool_name: "greet" })).toBe(3);
    expect((await fetch(new URL("/metrics", url))).status).toBe(404);
    expect((await running.stop()).code).toBe(0);
  });

  test("holds no sessions, with --stateless", async () => {
    const initialize = async (url: URL) => {
      const params = {
        protocolVersion: "2025-11-25",
        capabilities: {},
        clientInfo: { name: "a", version: "1" },
      };
      return fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json", accept: "application/json, text/event-stream" },
        body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params }),
      });
    };
    expect((await initialize((await serve()).url)).headers.get("mcp-session-id")).not.toBeNull();
    expect((await initialize((await serve("--stateless")).url)).headers.get("mcp-session-id")).toBeNull();
  });

  test("keeps sessions in a SQLite file over a restart", async () => {
    const store = ["--store", "sqlite:./sessions.db"];
    const first = await serve(...store);
    const peer = await peerAt(first.url, "legacy");
    expect(await textOf(peer, "count")).toBe("1");
    await first.running.stop();
    await serve(...store, "--port", first.url.port);
    expect(await textOf(peer, "count")).toBe("2");
  });

  test.each([
    [["server.ts", "--auth", "jwt"], 2, "--auth jwt needs --auth-issuer, --auth-audience."],
    [["server.ts", "--auth-issuer", "https://a.example"], 2, "--auth none makes no use of --auth-issuer."],
    [["server.ts", "--auth", "keys", "--auth-keys", "gone.json"], 1, "The API keys could not be read"],
    [["server.ts", "--auth", "keys", "--auth-keys", "nobody.json"], 1, "expected a JSON list of"],
    [["server.ts", "--store", "mongodb://x"], 2, "expected memory, sqlite:FILE, redis://… or postgres://…"],
    [
      ["server.ts", "--store", "redis://:hush@127.0.0.1:1"],
      1,
      "The store redis://:(hidden)@127.0.0.1:1 cannot be used",
    ],
    [["server.ts", "--store", "postgres://127.0.0.1:1/x"], 1, "cannot be used"],
    [
      ["server.ts", "--store", "sqlite:no/such/folder/x.db"],
      1,
      "error: The store sqlite:no/such/folder/x.db cannot be used",
    ],
    [["server.ts", "--dotenv", "gone"], 2, "--dotenv: "],
    [["server.ts", "--path", "tools"], 2, '--path: expected one that begins with "/"'],
    [["server.ts", "--workers", "2"], 2, "needs a store that all of them share"],
    [["broken.ts"], 1, "not today"],
    [["broken.ts", "--workers", "2", "--stateless"], 1, "not today"],
  ])("says what is wrong: %j", async (args, code, message) => {
    const finished = await project.run(["serve", "--port", "0", ...args]);
    expect(finished.stderr).toContain(message);
    expect(finished.stderr).not.toContain("hush");
    expect(finished.code).toBe(code);
  });

  test("says so when the port is taken", async () => {
    const { url } = await serve();
    const { code, stderr } = await project.run(["serve", "server.ts", "--port", url.port]);
    expect(stderr).toContain(`error: Cannot listen on 127.0.0.1:${url.port}`);
    expect(code).toBe(1);
  });

  test("warns of names in the environment that are nearly those of settings", async () => {
    const finished = await project.run(["serve", "broken.ts"], { env: { SLIPWAY_PROT: "1" } });
    expect(finished.stderr).toContain(
      "SLIPWAY_PROT in the environment is no setting. Did you mean SLIPWAY_PORT?",
    );
  });
});
