import { fileURLToPath } from "node:url";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { expect, onTestFinished } from "vitest";
import { PeerV1 } from "../support/peer-v1.ts";
import { until } from "./clients.ts";
import { type Site, type SymptomTrial, symptom } from "./symptom.ts";

const program = fileURLToPath(new URL("stdio-program.ts", import.meta.url));

/** Starts the server as a client does, over stdio. Its standard error is the log. */
async function start(trial: SymptomTrial, args: string[], env: { [name: string]: string }) {
  const lines: string[] = [];
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [program, ...args],
    env: { ...(process.env as { [name: string]: string }), ...env },
    stderr: "pipe",
  });
  let rest = "";
  transport.stderr?.on("data", (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts);
  });
  const peer = new PeerV1();
  const saw = trial.witness();
  peer.client.onerror = (error) => saw(error);
  onTestFinished(() => peer.close());
  const site: Site = { url: "http://127.0.0.1:9", log: lines };
  return { peer, site, connect: () => peer.connect(transport), lines };
}

symptom("Over stdio: what comes is no JSON", async (trial) => {
  const env = { API_KEY: "1" };
  const call = async ({ peer, connect }: Awaited<ReturnType<typeof start>>) => {
    await connect();
    expect(await peer.call("convert", {})).toMatchObject({ content: [{ text: "converted" }] });
  };
  const loud = await start(trial, ["inherit"], env);
  await trial.shows(loud.site, () => call(loud));
  const quiet = await start(trial, ["stderr"], env);
  await trial.isGone(quiet.site, () => call(quiet));
  await until(() => quiet.lines.some((line) => line.includes("converting page 1")));
});

symptom("Over stdio: Connection closed", async (trial) => {
  const keyless = await start(trial, [], {});
  await trial.shows(keyless.site, () => trial.fails(() => keyless.connect()));
  const known = await start(trial, [], { API_KEY: "1" });
  await trial.isGone(known.site, () => known.connect());
});
