import { command, EXIT } from "../command.ts";
import { runByLocalCopy, serverFile } from "../load/index.ts";
import { loadDotenv } from "../settings/dotenv.ts";
import { optionsOf, readConfigFile, resolve, SERVE_SETTINGS } from "../settings/index.ts";
import { develop } from "./develop.ts";

/** What matters while one writes; all else is as \`slipway serve\` would have it. */
const { port, host, path, store, stateless, httpSse, allowedHosts, allowedOrigins, auth } = SERVE_SETTINGS;
const { authIssuer, authAudience, authJwks, authClientId, authKeys, authScopes } = SERVE_SETTINGS;
const SHOWN = {
  ...{ port, host, path, store, stateless, httpSse, allowedHosts, allowedOrigins, auth },
  ...{ authIssuer, authAudience, authJwks, authClientId, authKeys, authScopes },
};

export default command({
  usage: "FILE [options]",
  about: `Serves the McpServer that FILE exports over HTTP, and loads it anew when it changes, or what it imports does. Clients stay
connected: their sessions and streams go on, calls that are at work end with the code that they began with, and clients are told which lists
changed. While the file has an error, the server goes on as it was. Each call is printed when it has ended.

The environment and slipway.config.* hold as for slipway serve.`,
  options: {
    config: {
      type: "string",
      value: "FILE",
      help: "the configuration file (default: slipway.config.* here, if any)",
    },
    json: { type: "boolean", help: "print calls as lines of JSON" },
    dotenv: { type: "string", value: "FILE", help: "sets in the environment what is not set there" },
    ...optionsOf(SHOWN),
  },
  examples: [
    { line: "dev server.ts", help: "at http://127.0.0.1:3000/mcp" },
    { line: "dev server.ts --port 8080 --dotenv .env", help: "at another port, with secrets from a file" },
    { line: "call http://127.0.0.1:3000/mcp greet --arg name=Ada", help: "meanwhile, in another terminal" },
  ],
  async run(args, io) {
    const { config, dotenv, json, ...flags } = args.values;
    if (typeof dotenv === "string") loadDotenv(dotenv);
    const file = serverFile(args, io);
    if (await runByLocalCopy(file)) return EXIT.fine;
    const configured = await readConfigFile(config as string | undefined, io.cwd);
    const { values } = resolve(SERVE_SETTINGS, { flags, env: io.env, file: configured });
    await develop(file, values, json === true, io);
    return EXIT.fine;
  },
});
