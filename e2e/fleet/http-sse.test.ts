import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { PostgresServer } from "../stores/postgres-server.ts";
import { RedisServer } from "../stores/redis-servers.ts";
import { Child } from "../support/child.ts";
import { EventReader } from "./http-client.ts";

const folder = mkdtempSync(join(tmpdir(), "slipway-http-sse-"));
let redis: RedisServer | undefined;
let postgres: PostgresServer | undefined;

const stores: readonly { name: string; open: () => Promise<string> }[] = [
  {
    name: "Redis",
    open: async () => {
      redis = await RedisServer.start();
      return redis.url;
    },
  },
  { name: "SQLite", open: async () => `sqlite:${join(folder, "fleet.db")}` },
  {
    name: "Postgres",
    open: async () => {
      postgres = await PostgresServer.make();
      return postgres.url;
    },
  },
];

afterAll(async () => {
  await redis?.stop();
  await postgres?.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** A client that knows HTTP+SSE only: one stream at one machine, and posts to whatever machine a proxy picks. */
class OlderClient {
  readonly #events: EventReader;
  readonly #address: string;

  private constructor(events: EventReader, address: string) {
    this.#events = events;
    this.#address = address;
  }

  static async open(at: string): Promise<OlderClient> {
    const abort = new AbortController();
    onTestFinished(() => abort.abort());
    const response = await fetch(new URL("/sse", at), { signal: abort.signal });
    const events = new EventReader(response, abort);
    const address = await events.nextData();
    expect(address).toMatch(/^\/messages\?sessionId=\S+$/);
    return new OlderClient(events, address ?? "");
  }

  get id(): string {
    return new URLSearchParams(this.#address.split("?")[1]).get("sessionId") ?? "";
  }

  async post(at: string, message: object): Promise<number> {
    const body = JSON.stringify({ jsonrpc: "2.0", ...message });
    const headers = { "content-type": "application/json" };
    const response = await fetch(new URL(this.#address, at), { method: "POST", headers, body });
    await response.arrayBuffer();
    return response.status;
  }

  async next() {
    const data = await this.#events.nextData();
    return data === undefined ? undefined : JSON.parse(data);
  }

  async initialize(at: string): Promise<void> {
    const params = {
      protocolVersion: "2025-06-18",
      capabilities: { elicitation: {} },
      clientInfo: { name: "older", version: "1" },
    };
    expect(await this.post(at, { id: 0, method: "initialize", params })).toBe(202);
    expect((await this.next()).result.serverInfo.name).toBe("bank");
    expect(await this.post(at, { method: "notifications/initialized" })).toBe(202);
  }

  cut(): void {
    this.#events.cut();
  }
}

const transfer = (id: string) => ({
  id: 1,
  method: "tools/call",
  params: { name: "transfer", arguments: { id, amount: 5 } },
});
const YES = { action: "accept", content: { sure: true } };

describe.each(stores)("HTTP+SSE over $name", ({ name, open }) => {
  let store = "";
  beforeAll(async () => {
    store = await open();
  }, 60_000);
  const ledger = join(folder, `ledger-${name}`);

  async function start() {
    const child = new Child("examples/fleet/serve.ts", ["--store", store, "--port", "0", "--http-sse"], {
      LEDGER: ledger,
    });
    onTestFinished(() => void child.stop("SIGKILL"));
    const [, url = ""] = await child.says(/Serving at (\S+),/);
    return { url, child };
  }

  test("messages posted to any instance are answered on the stream of one; a client that leaves is known nowhere", async () => {
    const [a, b, c] = await Promise.all([start(), start(), start()]);
    const client = await OlderClient.open(a.url);
    await client.initialize(b.url);
    expect(await client.post(c.url, transfer("t1"))).toBe(202);
    const first = await client.next();
    expect(first).toMatchObject({ method: "elicitation/create", params: { message: "Move 5?" } });
    expect(await client.post(b.url, { id: first.id, result: YES })).toBe(202);
    const second = await client.next();
    expect(second.params.message).toBe("Really move 5?");
    expect(await client.post(a.url, { id: second.id, result: YES })).toBe(202);
    expect(await client.next()).toMatchObject({ id: 1, result: { content: [{ text: "t1: moved" }] } });
    expect(readFileSync(ledger, "utf8")).toBe("reserve t1\ntake t1\ngive t1\n");

    for (let id = 10; id < 40; id++) {
      const at = [a, b, c][id % 3]?.url ?? "";
      expect(await client.post(at, { id, method: "ping" })).toBe(202);
      expect(await client.next()).toEqual({ jsonrpc: "2.0", id, result: {} });
    }

    client.cut();
    await expect.poll(() => client.post(b.url, { id: 50, method: "ping" }), { timeout: 10_000 }).toBe(404);
  }, 60_000);

  test("DELETE at another instance ends the stream", async () => {
    const [a, b] = await Promise.all([start(), start()]);
    const client = await OlderClient.open(a.url);
    await client.initialize(b.url);
    const gone = await fetch(b.url, { method: "DELETE", headers: { "mcp-session-id": client.id } });
    expect(gone.status).toBe(204);
    expect(await client.next()).toBeUndefined();
    expect(await client.post(a.url, { id: 2, method: "ping" })).toBe(404);
  }, 60_000);

  // That an instance is dead, each store's contract shows; it takes ten seconds over SQLite and Postgres.
  if (name !== "Redis") return;
  test("when the instance of the stream is killed, the client is told so everywhere, and begins anew", async () => {
    const [a, b] = await Promise.all([start(), start()]);
    const client = await OlderClient.open(a.url);
    await client.initialize(b.url);
    await a.child.stop("SIGKILL");
    expect(await client.next()).toBeUndefined();
    await expect
      .poll(() => client.post(b.url, { id: 2, method: "ping" }), { timeout: 40_000, interval: 200 })
      .toBe(404);
    const again = await OlderClient.open(b.url);
    await again.initialize(b.url);
  }, 60_000);
});
