import type { ServeOptions } from "slipway/node";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { Child } from "../support/child.ts";

/** A process that serves; see program.ts. */
async function start(options: ServeOptions & { busy?: boolean } = {}) {
  const child = new Child("e2e/drain/program.ts", [JSON.stringify(options)]);
  onTestFinished(() => child.kill("SIGKILL"));
  const [, url = ""] = await child.says(/^Serving at (\S+)$/m);
  let id = 0;
  const call = async (name: string) => {
    const _meta = {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientCapabilities": {},
    };
    const response = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        "mcp-protocol-version": "2026-07-28",
        "mcp-method": "tools/call",
        "mcp-name": name,
      },
      body: JSON.stringify({
        jsonrpc: "2.0",
        id: ++id,
        method: "tools/call",
        params: { name, arguments: {}, _meta },
      }),
    });
    return { status: response.status, headers: response.headers, body: await response.json() };
  };
  return { child, url, call, probe: (path: string) => fetch(new URL(path, url)) };
}

describe.each(["SIGTERM", "SIGINT"] as const)("on %s", (signal) => {
  test("a call at work ends, nothing new is taken, and the process ends with code 0", async () => {
    const { child, call, probe } = await start();
    const slow = call("slow");
    await child.says(/slow begins/);
    child.kill(signal);
    await vi.waitFor(() => expect(probe("/health")).rejects.toThrow("fetch failed"), 5_000);
    const { body, headers } = await slow;
    expect(body.result.content[0].text).toBe("done");
    expect(headers.get("connection")).toBe("close");
    expect(await child.exitCode()).toBe(0);
    expect(child.stdout).toMatch(/closed/);
  });

  test("a second signal ends the process at once", async () => {
    const { child, call, probe } = await start({ graceMs: 60_000 });
    const stubborn = call("stubborn").catch(String);
    await child.says(/stubborn begins/);
    child.kill("SIGTERM");
    await vi.waitFor(() => expect(probe("/health")).rejects.toThrow("fetch failed"), 5_000);
    child.kill(signal);
    expect(await child.exitCode()).toBe(null);
    expect(child.signal).toBe(signal);
    expect(await stubborn).toMatch(/fetch failed/);
  });
});

test("a second signal ends the process also where the program listens for it", async () => {
  const { child, call } = await start({ graceMs: 60_000, busy: true });
  void call("stubborn").catch(String);
  await child.says(/stubborn begins/);
  child.kill("SIGTERM");
  await child.says(/the program heard it, too/);
  child.kill("SIGTERM");
  expect(await child.exitCode()).toBe(128 + 15);
});

test("a call that does not end within the grace period is answered with an error, and logged", async () => {
  const { child, call } = await start({ graceMs: 200 });
  const stubborn = call("stubborn");
  await child.says(/stubborn begins/);
  child.kill("SIGTERM");
  const { status, headers, body } = await stubborn;
  expect(status).toBe(503);
  expect(headers.get("retry-after")).toBe("1");
  expect(body).toMatchObject({ id: 1, error: { code: -32603, message: expect.stringMatching(/is gone/) } });
  expect(await child.exitCode()).toBe(0);
  expect(child.stderr).toContain(
    'Calls cut short as they did not end within 200 ms: 1 (tools/call "stubborn").',
  );
});

test("load balancers can notice before the server is closed", async () => {
  const { child, call, probe } = await start({ drainDelayMs: 60_000 });
  expect((await probe("/ready")).status).toBe(200);
  child.kill("SIGTERM");
  await vi.waitFor(async () => expect((await probe("/ready")).status).toBe(503), 5_000);
  expect((await probe("/health")).status).toBe(200);
  expect((await call("slow")).body.result.content[0].text).toBe("done");
  expect(await child.stop("SIGTERM")).toBe(null);
  expect(child.signal).toBe("SIGTERM");
});
