import { divertStdout } from "../../stdio/divert.ts";
import { serveStdio } from "../../stdio/index.ts";
import { command, EXIT, UsageError } from "../command.ts";
import { durationMs } from "../duration.ts";
import { load, runByLocalCopy, serverFile } from "../load/index.ts";

export default command({
  usage: "FILE [options]",
  about: `Serves the McpServer that FILE exports (as the default export, or as "server"; a function that makes one will do)
to the client that has started this program. Standard output belongs to the protocol: whatever else the file writes
there goes to standard error. It ends when the client closes the pipe, or on SIGTERM or SIGINT.`,
  options: {
    grace: {
      type: "string",
      value: "DURATION",
      help: "how long running calls may take to end, such as 500ms or 10s (default: 5s)",
    },
  },
  examples: [
    { line: "stdio server.ts", help: "what a client's configuration has as its command" },
    { line: "inspect 'slipway stdio server.ts'", help: "look at what it offers" },
  ],
  async run(args, io) {
    const { grace = "5s" } = args.values;
    const graceMs = durationMs(grace);
    if (graceMs === undefined)
      throw new UsageError(`--grace: expected a duration such as 500ms or 10s, got "${grace}".`);
    const file = serverFile(args, io);
    if (await runByLocalCopy(file)) return EXIT.fine;
    // Before the file is loaded, which may write as it is; and by the copy that serves alone.
    divertStdout();
    const { server, close } = await load(file, io);
    const running = serveStdio(typeof server === "function" ? await server(undefined) : server, { graceMs });
    await running.closed;
    await close();
    return EXIT.fine;
  },
});
