import { once } from "node:events";
import { SERVER_CORE } from "../engine/cpu.ts";
import { exited, spawnOn } from "../engine/process.ts";
import { serverFile } from "../engine/server.ts";
import type { Contestant, Running, Settings, Workload } from "../engine/types.ts";
import { whileWatching } from "../engine/watch.ts";
import { LineClient } from "../load/lines.ts";
import { clientInfo, LEGACY } from "../load/revisions.ts";
import { callAdd } from "./checks.ts";

const CALLS = { name: "rate", unit: "calls/s", better: "higher" } as const;

/** How many calls are on their way at once. */
const WINDOW = 32;

async function start(contestant: Contestant, { seconds, warmup }: Settings): Promise<Running> {
  const child = spawnOn(SERVER_CORE, process.execPath, [serverFile(contestant, "stdio")], {
    env: { ...process.env, NODE_ENV: "production" },
    stdio: ["pipe", "pipe", "ignore"],
  });
  const client = new LineClient(child);
  const line = (id: number) => `${callAdd({ modern: false }, id).body}\n`;
  const stop = async () => {
    child.kill("SIGKILL");
    await exited(child);
  };
  try {
    await once(child, "spawn");
    await client.ask(0, "initialize", { protocolVersion: LEGACY, capabilities: {}, clientInfo });
    client.write({ method: "notifications/initialized" });
    if (warmup > 0) await client.callsPerSecond(line, `"sum":42`, WINDOW, warmup);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    async run() {
      const { result, busy } = await whileWatching(() =>
        client.callsPerSecond(line, `"sum":42`, WINDOW, seconds),
      );
      return { values: { [CALLS.name]: result }, busy };
    },
    stop,
  };
}

export const stdio: Workload = {
  name: "stdio",
  title: "Calls through a child process over stdio, legacy",
  tables: [
    {
      name: "stdio",
      title: `${WINDOW} calls on their way`,
      metrics: [CALLS],
      contestants: ["bare", "slipway", "sdk-v2", "sdk-v1", "fastmcp", "tmcp"],
      start,
    },
  ],
};
