import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { ContractSettings } from "slipway/testing";
import { type Hello, type RemoteStore, storeAt } from "./store-line.ts";

const PROGRAM = fileURLToPath(new URL("./store-process.ts", import.meta.url));

/** A store in a process of its own, which can be killed. */
export async function remoteStore(
  kind: "sqlite" | "postgres",
  place: string,
  settings: ContractSettings & { schema?: string } = {},
): Promise<RemoteStore> {
  const child = fork(PROGRAM, [kind, place, JSON.stringify(settings)], { serialization: "advanced" });
  const [hello] = (await once(child, "message")) as [Hello];
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  return storeAt(
    {
      get connected() {
        return child.connected;
      },
      send: (message) => void child.send(message),
      onMessage: (listener) => void child.on("message", listener),
      onEnd: (listener) => void child.on("exit", listener),
    },
    hello,
    { kill },
  );
}
