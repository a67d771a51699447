import { request as send } from "node:http";
import { describe, expect, onTestFinished, test } from "vitest";
import { McpServer } from "../server/index.ts";
import { type ServeOptions, serve } from "./serve.ts";

const logged: string[] = [];
const logger = {
  error: (message: string) => void logged.push(message),
  warn: () => {},
  info: () => {},
  debug: () => {},
};

const endpoints: NonNullable<ServeOptions["endpoints"]> = {
  "/metrics": ({ method, url, headers }) => ({
    status: 200,
    headers: [["content-type", "text/plain"]],
    body: `${method} ${url} ${headers.get("authorization")}`,
  }),
  "/broken": async () => {
    throw new Error("a secret of the program");
  },
};

async function start(options: ServeOptions = {}) {
  const server = new McpServer({ name: "endpoints", version: "1.0.0", logger });
  const running = await serve(server, { port: 0, endpoints, ...options });
  onTestFinished(() => running.close(0));
  return running;
}

/** Without the headers that `fetch` insists on. */
function get(port: number, path: string, host: string | undefined, method = "GET") {
  return new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
    const headers = host === undefined ? {} : { host };
    const outgoing = send(
      { port, path, method, headers, host: "127.0.0.1", setHost: false, agent: false },
      async (incoming) => {
        let body = "";
        for await (const chunk of incoming) body += chunk;
        resolve({ status: incoming.statusCode, body });
      },
    );
    outgoing.on("error", reject).end();
  });
}

test("other paths are served beside the MCP endpoint, with what the request says", async () => {
  const { port, url } = await start();
  const address = new URL("/metrics?a=b", url);
  const response = await fetch(address, { headers: { authorization: "Bearer x" } });
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("text/plain");
  expect(await response.text()).toBe("GET /metrics?a=b Bearer x");
  expect(await get(port, "/metrics", "localhost", "HEAD")).toEqual({ status: 200, body: "" });
  expect((await fetch(address, { method: "POST", body: "{}" })).status).toBe(405);
  expect((await fetch(new URL("/other", url))).status).toBe(404);
});

test("an endpoint that fails tells the log why, and strangers nothing", async () => {
  const { url } = await start();
  const response = await fetch(new URL("/broken", url));
  expect(response.status).toBe(500);
  expect(await response.text()).toBe('{"error":"Internal error"}');
  expect(logged).toContain("The endpoint /broken failed.");
});

test("probes may name the address that they were given, pages that rebind a name are kept out", async () => {
  const { port } = await start();
  const hosts = ["127.0.0.1", `10.0.7.23:${port}`, "[fd00::17]:3000", "localhost", "app.localhost"];
  for (const host of hosts) expect(await get(port, "/metrics", host)).toMatchObject({ status: 200 });
  for (const host of ["rebound.example", "10.0.7.23.example", "localhost.example"])
    expect(await get(port, "/metrics", host)).toMatchObject({ status: 403 });
  const strict = await start({ allowedHosts: ["mcp.example.com"] });
  expect(await get(strict.port, "/metrics", "mcp.example.com")).toMatchObject({ status: 200 });
  expect(await get(strict.port, "/metrics", "10.0.7.23:3000")).toMatchObject({ status: 200 });
  expect(await get(strict.port, "/metrics", "other.example.com")).toMatchObject({ status: 403 });
});

test.each([
  [{ metrics: endpoints["/metrics"] }, /begins with "\/", got "metrics"/],
  [{ "/metrics?a": endpoints["/metrics"] }, /begins with/],
  [{ "/mcp": endpoints["/metrics"] }, /"\/mcp" is served already/],
  [{ "/metrics": "text" }, /expected a function, got string/],
])("what cannot be served is refused when the server begins: %j", async (given, message) => {
  await expect(start({ endpoints: given as ServeOptions["endpoints"] & object })).rejects.toThrow(message);
});

describe("health", () => {
  const statusOf = async (url: string, path: string) => (await fetch(new URL(path, url))).status;

  test("is told by default, with the version of the server", async () => {
    const { url } = await start();
    const live = await fetch(new URL("/health", url));
    expect(await live.json()).toMatchObject({ status: "up", version: "1.0.0" });
    const ready = await fetch(new URL("/ready", url));
    expect(await ready.json()).toMatchObject({ status: "up", components: {} });
    expect([live.status, ready.status]).toEqual([200, 200]);
  });

  test("is told to probes that say no Host, and by whatever method asks for no body", async () => {
    const { port } = await start();
    expect(await get(port, "/ready", "10.0.7.23:3000", "HEAD")).toEqual({ status: 200, body: "" });
  });

  test("is told elsewhere, or not at all, where that is wanted", async () => {
    const moved = await start({
      health: { livePath: "/livez", readyPath: "/readyz", checks: { no: () => false } },
    });
    expect(await statusOf(moved.url, "/livez")).toBe(200);
    expect(await statusOf(moved.url, "/readyz")).toBe(503);
    expect(await statusOf(moved.url, "/health")).toBe(404);
    const off = await start({ health: false });
    for (const path of ["/health", "/ready"]) expect(await statusOf(off.url, path)).toBe(404);
    const own = await start({ endpoints: { "/ready": () => ({ status: 204, headers: [] }) } });
    expect(await statusOf(own.url, "/ready")).toBe(204);
    const mcp = await start({ path: "/health" });
    expect(await statusOf(mcp.url, "/health")).toBe(400);
  });

  test("options that cannot be are refused before anything listens", async () => {
    await expect(start({ health: { optional: ["mail"] } })).rejects.toThrow(/no check "mail"/);
  });
});
