import { SERVER_CORE } from "../engine/cpu.ts";
import { collect, exited, spawnOn } from "../engine/process.ts";
import { LIBRARIES } from "../engine/roster.ts";
import { Server, serverFile } from "../engine/server.ts";
import { installed, minified } from "../engine/sizes.ts";
import type { Contestant, Metric, Running, Sample, Table, Workload } from "../engine/types.ts";
import { Connection } from "../load/connection.ts";
import { wire } from "../load/messages.ts";
import { callAdd, checkSum } from "./checks.ts";

const ANSWER: Metric = { name: "first answer", unit: "ms", better: "lower" };
const IMPORT: Metric = { name: "import", unit: "ms", better: "lower" };

/** The schema library is loaded by the baseline, too: it is the user's choice, and takes longer than all else. */
const WITH_ZOD = ["bare-zod", "bare", "slipway", "mcp-lite", "sdk-v2", "sdk-v1", "fastmcp", "tmcp"];

/** What a server over HTTP imports, besides Zod. */
const IMPORTS: { readonly [contestant: string]: readonly string[] } = {
  bare: ["node:http"],
  "bare-zod": ["node:http", "zod"],
  slipway: ["slipway", "slipway/node"],
  "mcp-lite": ["mcp-lite", "@hono/node-server"],
  "sdk-v2": ["@modelcontextprotocol/server", "@modelcontextprotocol/node"],
  "sdk-v1": ["@modelcontextprotocol/sdk/server/mcp.js", "@modelcontextprotocol/sdk/server/streamableHttp.js"],
  fastmcp: ["fastmcp"],
  tmcp: ["tmcp", "@tmcp/transport-http", "@tmcp/adapter-zod", "@hono/node-server"],
};

/** From starting the process to having the answer to a call, in milliseconds. */
async function timeToFirstAnswer(contestant: Contestant, kind: "call" | "plain"): Promise<number> {
  const start = performance.now();
  const server = await Server.start(contestant, { kind, mode: "stateless" });
  try {
    const connection = await Connection.open(server.port);
    const response = await connection.send(wire(callAdd({ modern: false }, 1), server.port));
    const time = performance.now() - start;
    checkSum(response, 1);
    connection.close();
    return time;
  } finally {
    await server.stop();
  }
}

/** Measured within the process, so that Node's own start is not in it. */
async function timeToImport({ name, folder }: Contestant): Promise<number> {
  const imports = importsOf(name).map((specifier) => `import(${JSON.stringify(specifier)})`);
  const script = `const start = performance.now();
    await Promise.all([${imports.join(",")}]);
    console.log(performance.now() - start); process.exit();`;
  const child = spawnOn(SERVER_CORE, process.execPath, ["--input-type=module", "-e", script], {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const output = collect(child.stdout);
  if ((await exited(child)) !== 0) throw new Error(`The packages of ${name} could not be imported.`);
  return Number(output());
}

const firstAnswer: Table = {
  name: "first-answer",
  title: "from the start of the process to the first answer",
  metrics: [ANSWER, IMPORT],
  contestants: WITH_ZOD,
  target: { ratio: 1.3 },
  async start(contestant): Promise<Running> {
    // Once, so that the files are in the system's cache for all.
    await timeToFirstAnswer(contestant, "call");
    return {
      async run(): Promise<Sample> {
        const answer = await timeToFirstAnswer(contestant, "call");
        return { values: { [ANSWER.name]: answer, [IMPORT.name]: await timeToImport(contestant) } };
      },
      stop: async () => {},
    };
  },
};

const firstAnswerPlain: Table = {
  name: "first-answer-plain",
  title: "the same of servers that load no schema library",
  metrics: [ANSWER],
  contestants: ["bare", "slipway"],
  target: { ratio: 1.3 },
  async start(contestant): Promise<Running> {
    await timeToFirstAnswer(contestant, "plain");
    return {
      run: async () => ({ values: { [ANSWER.name]: await timeToFirstAnswer(contestant, "plain") } }),
      stop: async () => {},
    };
  },
};

const GZIPPED: Metric = { name: "gzipped", unit: "bytes", better: "lower" };
const MINIFIED: Metric = { name: "minified", unit: "bytes", better: "lower" };
const INSTALLED: Metric = { name: "installed", unit: "bytes", better: "lower" };
const PACKAGES: Metric = { name: "packages", unit: "", better: "lower" };

const sizes: Table = {
  name: "size",
  title: "the server of this workload bundled without Zod, and what is installed for it",
  metrics: [GZIPPED, MINIFIED, INSTALLED, PACKAGES],
  contestants: [...LIBRARIES.keys()],
  async start(contestant): Promise<Running> {
    const bundle = await minified(serverFile(contestant, "call"));
    const { bytes, packages } = installed(packagesOf(contestant.name), contestant.folder);
    const values = {
      [GZIPPED.name]: bundle.gzipped,
      [MINIFIED.name]: bundle.minified,
      [INSTALLED.name]: bytes,
      [PACKAGES.name]: packages,
    };
    return { run: async () => ({ values }), stop: async () => {} };
  },
};

/** The same for all builds of a library: `slipway` and `slipway@REF`. */
function importsOf(contestant: string): readonly string[] {
  return IMPORTS[contestant.split("@", 1)[0] ?? ""] ?? [];
}

/** The packages that are installed by name for such a server. */
function packagesOf(contestant: string): string[] {
  const names = importsOf(contestant).map((specifier) => {
    const parts = specifier.split("/");
    return parts.slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
  });
  return [...new Set(names)];
}

export const coldStart: Workload = {
  name: "cold-start",
  title: "Cold start and size",
  tables: [firstAnswer, firstAnswerPlain, sizes],
};
