import { fileURLToPath } from "node:url";
import { McpClient } from "slipway/client";
import { StdioTransport, type StdioTransportOptions } from "slipway/client/stdio";
import { afterEach, describe, expect, it, vi } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const info = { name: "test", version: "1.0.0" };

const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

/** A program of a few lines that a client starts. */
function program(code: string, options: StdioTransportOptions = {}): StdioTransport {
  return new StdioTransport(process.execPath, ["--input-type=module", "--eval", code], {
    cwd: root,
    ...options,
  });
}

async function connect(transport: StdioTransport, more: object = {}): Promise<McpClient> {
  const client = await McpClient.connect(transport, { info, probeTimeoutMs: 60_000, ...more });
  open.push(client);
  return client;
}

const SERVER = `
  import { McpServer } from "slipway";
  import { serveStdio } from "slipway/stdio";
  const server = new McpServer({ name: "small", version: "1.0.0" });
  server.tool("pid", { handler: () => String(process.pid) });
  server.tool("env", { handler: () => Object.keys(process.env).join() });
  server.tool("wait", { handler: () => new Promise(() => {}) });
  serveStdio(server);
`;

/** A server of the revisions with handshake, as strict or as careless as \`unknown\` makes it. */
const handmade = (unknown: string) => `
  import { createInterface } from "node:readline";
  const say = (message) => console.log(JSON.stringify({ jsonrpc: "2.0", ...message }));
  for await (const line of createInterface(process.stdin)) {
    const { id, method, params } = JSON.parse(line);
    const serverInfo = { name: "handmade", version: "1" };
    if (method === "initialize") say({ id, result: { protocolVersion: params.protocolVersion, capabilities: {}, serverInfo } });
    else if (method === "ping") say({ id, result: {} });
    else if (id !== undefined) { ${unknown} }
  }
`;

describe("a server that is a program", () => {
  it("is started anew with the next request when it has ended by itself", async () => {
    const transport = program(SERVER);
    const client = await connect(transport);
    const waits = client.callTool("wait");
    const { pid } = transport;
    process.kill(pid as number, "SIGKILL");
    await expect(waits).rejects.toMatchObject({
      code: "connection",
      message: expect.stringContaining("SIGKILL"),
    });
    const [block] = (await client.callTool("pid")).content;
    expect(block).toMatchObject({ text: String(transport.pid) });
    expect(transport.pid).not.toBe(pid);
  });

  it("ends when its client is closed", async () => {
    const transport = program(SERVER);
    const client = await connect(transport);
    const pid = transport.pid as number;
    await client.close();
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  });

  it("is killed when it does not end by itself", async () => {
    const deaf = `${handmade("")} process.on("SIGTERM", () => {}); setInterval(() => {}, 1000);`;
    const transport = program(deaf, { graceMs: 100 });
    const client = await connect(transport, { protocolVersions: ["2025-11-25"] });
    const pid = transport.pid as number;
    await client.close();
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  });

  it("that lists what is no list of objects breaks the protocol", async () => {
    const answers =
      "say({ id, result: { tools: [null], resources: 5, prompts: [{}], resourceTemplates: [[]] } });";
    const client = await connect(program(handmade(answers)), { protocolVersions: ["2025-11-25"] });
    for (const what of [client.tools(), client.resources(), client.resourceTemplates()]) {
      await expect(what.next()).rejects.toMatchObject({ code: "protocol" });
    }
    await expect(client.prompts().next()).resolves.toEqual({ value: {}, done: false });
  });

  it("is of its client's process group, or of one of its own where that is wanted", async () => {
    const group = (transport: StdioTransport) => () => process.kill(-(transport.pid as number), 0);
    const same = program(SERVER);
    await connect(same);
    expect(group(same)).toThrow("ESRCH");
    const own = program(SERVER, { ownGroup: true });
    await connect(own);
    expect(group(own)).not.toThrow();
  });

  it("sees none of the environment but what every program needs, and what it is given", async () => {
    vi.stubEnv("SECRET_TOKEN", "x");
    const client = await connect(program(SERVER, { env: { GIVEN: "y" } }));
    const [block] = (await client.callTool("env")).content as { text: string }[];
    const names = block?.text.split(",");
    expect(names).toContain("PATH");
    expect(names).toContain("GIVEN");
    expect(names).not.toContain("SECRET_TOKEN");
    vi.unstubAllEnvs();
  });

  it("that is not there is told of by its name", async () => {
    const none = new StdioTransport("no-such-program-anywhere");
    await expect(McpClient.connect(none, { info })).rejects.toMatchObject({
      code: "connection",
      message: expect.stringContaining("no-such-program-anywhere"),
    });
  });

  it("may write to standard output what is no message, and to standard error what it likes", async () => {
    const warnings: string[] = [];
    const errors: string[] = [];
    const noisy = `console.log("Ready!"); console.error("Here I am."); ${handmade('say({ id, error: { code: -1, message: "?" } });')}`;
    const client = await connect(program(noisy, { stderr: (text) => errors.push(text) }), {
      onWarning: (message: string) => warnings.push(message),
    });
    await client.ping();
    expect(warnings).toEqual(["The server sent what is not JSON: Ready!"]);
    expect(errors.join("")).toBe("Here I am.\n");
  });
});

describe("a program of the revisions with handshake", () => {
  it.each([
    ["answers with an error", 'say({ id, error: { code: -32601, message: "?" } });', {}],
    ["ends at what it does not know", "process.exit(3);", {}],
    ["does not answer what it does not know", "", { probeTimeoutMs: 300 }],
  ])("is found out when it %s", async (_how, unknown, more) => {
    const client = await connect(program(handmade(unknown)), more);
    expect(client.protocolVersion).toBe("2025-11-25");
    await client.ping();
  });
});
