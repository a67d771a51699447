import cluster from "node:cluster";
import { availableParallelism } from "node:os";
import { onSignals } from "../../node/index.ts";
import { command, EXIT, UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { runByLocalCopy, serverFile } from "../load/index.ts";
import { loadDotenv } from "../settings/dotenv.ts";
import {
  optionsOf,
  printSettings,
  readConfigFile,
  resolve,
  SERVE_SETTINGS,
  strayNames,
} from "../settings/index.ts";
import type { ServeValues } from "./options.ts";
import { start } from "./single.ts";
import { isShared } from "./store.ts";

export default command({
  usage: "FILE [options]",
  about: `Serves the McpServer that FILE exports over HTTP, to clients of every revision, until SIGTERM or SIGINT: then
running calls may end within --grace, and a second signal ends it at once.

Every option can also be set in the environment (--max-calls as SLIPWAY_MAX_CALLS) and in slipway.config.json, .ts or
.js (as maxCalls). A flag comes before the environment, that before the file, and that before the default.
--print-config shows what holds, and where it comes from. Secrets have no flag: SLIPWAY_STATE_SECRETS,
SLIPWAY_AUTH_CLIENT_SECRET.`,
  options: {
    config: {
      type: "string",
      value: "FILE",
      help: "the configuration file (default: slipway.config.* here, if any)",
    },
    dotenv: { type: "string", value: "FILE", help: "sets in the environment what is not set there" },
    "print-config": { type: "boolean", help: "show every setting and where it comes from, and end" },
    json: { type: "boolean", help: "with --print-config: as JSON" },
    ...optionsOf(SERVE_SETTINGS),
  },
  examples: [
    { line: "serve server.ts", help: "at http://127.0.0.1:3000/mcp, state in memory" },
    {
      line: "serve server.ts --host 0.0.0.0 --store redis://localhost",
      help: "one of any number of machines",
    },
    {
      line: "serve server.ts --workers auto --store sqlite:./data.db",
      help: "all processors of one machine",
    },
    {
      line: "serve server.ts --auth jwt --auth-issuer https://login.example.com --auth-audience https://mcp.example.com/mcp",
      help: "behind OAuth",
    },
    { line: "serve server.ts --print-config", help: "what would hold" },
  ],
  async run(args, io) {
    const { config, dotenv, "print-config": prints, json, ...flags } = args.values;
    if (typeof dotenv === "string") loadDotenv(dotenv);
    const file = await readConfigFile(config as string | undefined, io.cwd);
    const found = resolve(SERVE_SETTINGS, { flags, env: io.env, file });
    if (prints) {
      printSettings(SERVE_SETTINGS, found, json === true, io);
      return EXIT.fine;
    }
    const path = serverFile(args, io);
    if (await runByLocalCopy(path)) return EXIT.fine;
    const { values } = found;
    if (cluster.isPrimary) for (const line of warnings(values, io)) io.note(line);
    const count = values.workers === "auto" ? availableParallelism() : values.workers;
    if (count === 1) return serveAlone(path, values, io);
    checkSharing(count, values);
    const { runPrimary, runWorker } = await import("./workers.ts");
    return cluster.isPrimary ? runPrimary(count, values, io) : runWorker(path, values, io);
  },
});

function warnings({ store, stateSecrets }: ServeValues, { env, errorStyle }: Io): string[] {
  const found = strayNames(SERVE_SETTINGS, env);
  if (stateSecrets === undefined && /^(redis|postgres)/.test(String(store))) {
    found.push(
      "Suspended calls are sealed with a secret that only this machine has. " +
        "Set SLIPWAY_STATE_SECRETS to the same on all machines: openssl rand -base64 32",
    );
  }
  return found.map((line) => `${errorStyle.yellow("warning:")} ${line}`);
}

/** A session that one process keeps in its memory is none of the others'. */
function checkSharing(count: number, { store, stateless }: ServeValues): void {
  if (stateless || isShared(store)) return;
  throw new UsageError(
    `--workers ${count} needs a store that all of them share: --store sqlite:FILE, redis://… or postgres://…. ` +
      "Requests of one session come to any of them, and a session in the memory of one would be unknown to the others. " +
      "With --stateless there are no sessions, and none is needed.",
  );
}

async function serveAlone(path: string, values: ServeValues, io: Io): Promise<number> {
  const { running, metricsUrl, close } = await start(path, values, io);
  // Before anybody is told that there is something to end.
  const signalled = new Promise<NodeJS.Signals>((resolve) => {
    onSignals(resolve, () => process.exit(EXIT.failed));
  });
  io.note(`Serving at ${running.url}`);
  if (metricsUrl !== undefined) io.note(`Metrics at ${metricsUrl}`);
  const signal = await signalled;
  io.note(`${signal}: ending; running calls have ${values.grace / 1000} s.`);
  await close();
  return EXIT.fine;
}
