import { afterAll, describe, expect, test } from "vitest";
import { PrometheusText } from "../observe/prometheus-text.ts";
import { freePort } from "../support/free-port.ts";
import { peerAt, textOf } from "./connect.ts";
import { Project } from "./project.ts";
import { serving } from "./serving.ts";

const project = new Project({
  "server.ts": `
import { McpServer } from "slipway";
import { z } from "zod";
const server = new McpServer({ name: "hello", version: "1.0.0" });
server.tool("pid", { handler: () => String(process.pid) });
server.tool("count", { handler: async (_, ctx) => \`\${await ctx.session.update("n", (n = 0) => n + 1)} \${process.pid}\` });
server.tool("ask", {
  handler: async (_, ctx) => {
    const begun = await ctx.step("begin", () => process.pid);
    const answer = await ctx.elicit({ message: "Sure?", schema: z.object({ sure: z.boolean() }) });
    return [answer.action, begun, process.pid].join(" ");
  },
});
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
`,
});
afterAll(() => project.remove());

const serve = serving(project, "--workers", "2");

let stores = 0;
const ownStore = () => ["--store", `sqlite:./${++stores}.db`];

/** Calls `pid` until every one of `count` workers has answered. */
async function pids(url: URL, count: number): Promise<Set<string>> {
  const peer = await peerAt(url, "modern");
  const found = new Set<string>();
  while (found.size < count) found.add(await textOf(peer, "pid"));
  await peer.close();
  return found;
}

const isAlive = (pid: string) => {
  try {
    return process.kill(Number(pid), 0);
  } catch {
    return false;
  }
};

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe("slipway serve --workers", () => {
  test("serves at one port by several processes, which end with it", async () => {
    const { running, url } = await serve(...ownStore());
    const workers = await pids(url, 2);
    expect(workers).not.toContain(String(running.pid));
    expect((await running.stop()).code).toBe(0);
    expect([...workers].filter(isAlive)).toEqual([]);
  });

  test("knows a session in each of them", async () => {
    const { url } = await serve(...ownStore());
    const peer = await peerAt(url, "legacy");
    const seen = new Set<string>();
    for (let n = 1; seen.size < 2; n++) {
      const [count, pid = ""] = (await textOf(peer, "count")).split(" ");
      expect(count).toBe(String(n));
      seen.add(pid);
    }
  });

  test("goes on with a suspended call in each of them, without any secret that was given", async () => {
    const { url } = await serve("--stateless");
    const peer = await peerAt(url, "modern");
    peer.answer = () => ({ action: "decline" });
    for (;;) {
      const [action, begun, ended] = (await textOf(peer, "ask")).split(" ");
      expect(action).toBe("decline");
      if (begun !== ended) return;
    }
  });

  test("gives each of them a port for its metrics", async () => {
    const port = await freePort();
    const { running, url } = await serve("--metrics-port", String(port), "--stateless");
    await pids(url, 2);
    const counted = async (at: number) => {
      const text = await PrometheusText.fetch(`http://127.0.0.1:${at}/metrics`);
      return text.sum("mcp_server_operation_duration_seconds_count", { gen_ai_tool_name: "pid" });
    };
    expect(await counted(port)).toBeGreaterThan(0);
    expect(await counted(port + 1)).toBeGreaterThan(0);
    expect(running.stderr).toContain(`Metrics at http://127.0.0.1:${port + 1}/metrics`);
  });

  test("starts another in the place of one that dies", async () => {
    const { running, url } = await serve("--stateless");
    const before = await pids(url, 2);
    const peer = await peerAt(url, "modern");
    await expect(peer.call("die", {})).rejects.toThrow();
    const [, pid = ""] = await running.says(
      /The worker (\d+) has ended with code 7. Another takes its place in 0.1 s./,
    );
    expect(before).toContain(pid);
    const after = await pids(url, 2);
    expect(after).not.toContain(pid);
    expect([...after].filter((one) => before.has(one))).toHaveLength(1);
  });

  test("waits longer each time that one dies soon", async () => {
    const { running, url } = await serve("--stateless");
    let before = await pids(url, 2);
    let [victim = ""] = before;
    for (const wait of ["0.1", "0.2", "0.4"]) {
      process.kill(Number(victim), "SIGKILL");
      await running.says(new RegExp(`${victim} has ended by SIGKILL. Another takes its place in ${wait} s.`));
      const after = await pids(url, 2);
      [victim = ""] = [...after].filter((pid) => !before.has(pid));
      before = after;
    }
  });

  test("lets running calls end on SIGTERM", async () => {
    const { running, url } = await serve("--stateless");
    const peer = await peerAt(url);
    const waited = textOf(peer, "wait", { ms: 1_000 });
    await running.says(/waiting/);
    running.signal("SIGTERM");
    expect(await waited).toBe("waited");
    expect((await running.finished).code).toBe(0);
  });

  test("ends at once on a second signal", async () => {
    const { running, url } = await serve("--stateless", "--grace", "60s");
    const workers = await pids(url, 2);
    const peer = await peerAt(url);
    const waited = textOf(peer, "wait", { ms: 60_000 }).catch((error) => error);
    await running.says(/waiting/);
    running.signal("SIGINT");
    await running.says(/ending/);
    running.signal("SIGINT");
    expect((await running.finished).code).toBe(1);
    expect(await waited).toBeInstanceOf(Error);
    await until(() => [...workers].every((pid) => !isAlive(pid)));
  });

  test("leaves no worker behind when the primary is killed, and lets their calls end", async () => {
    const { running, url } = await serve("--stateless");
    const workers = await pids(url, 2);
    const peer = await peerAt(url);
    const waited = textOf(peer, "wait", { ms: 500 });
    await running.says(/waiting/);
    running.signal("SIGKILL");
    expect(await waited).toBe("waited");
    await until(() => [...workers].every((pid) => !isAlive(pid)));
  });
});
