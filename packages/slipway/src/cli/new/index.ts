import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import { type Args, command, EXIT, Failure, UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { version } from "../version.ts";
import { filesOf } from "./files.ts";
import { problemOf } from "./name.ts";
import type { Project } from "./project.ts";
import { Questions } from "./questions.ts";

const OPTIONS = {
  transport: {
    type: "string",
    short: "t",
    value: "http|stdio",
    help: "how it is served by npm start (default: http)",
  },
  js: { type: "boolean", help: "in JavaScript (default: TypeScript)" },
  yes: { type: "boolean", short: "y", help: "ask nothing: what is not given is as by default" },
} as const;

type NewArgs = Args<typeof OPTIONS>;

export default command({
  usage: "NAME [options]",
  about: `Makes a folder NAME with a small project that runs at once: a server with a tool, one that asks its user, and a resource;
a test that calls it as a client does; a Dockerfile, a README, and what npm and TypeScript want to know.

On a terminal it asks for what is not given. NAME may be a path; "." is the current folder, which must be empty.`,
  options: OPTIONS,
  examples: [
    { line: "new my-server", help: "a server over HTTP, in TypeScript" },
    {
      line: "new my-server --transport stdio --js --yes",
      help: "a program that clients start, in JavaScript",
    },
  ],
  async run(args, io) {
    const { folder, project } = await decide(args, io);
    const files = filesOf(project);
    mkdirSync(folder, { recursive: true });
    for (const [path, text] of files) writeFileSync(join(folder, path), text, { flag: "wx" });
    tell(folder, project, [...files.keys()], io);
    return EXIT.fine;
  },
});

async function decide(args: NewArgs, io: Io): Promise<{ folder: string; project: Project }> {
  const { positionals, values } = args;
  if (positionals.length > 1)
    throw new UsageError(`Expected one name, got ${positionals.length}: ${positionals.join(" ")}.`);
  const { transport } = values;
  if (transport !== undefined && transport !== "http" && transport !== "stdio")
    throw new UsageError(`--transport: expected http or stdio, got "${transport}".`);
  const asks = io.interactive && !values.yes;
  const [given] = positionals;
  if (given !== undefined) checkFolder(resolve(io.cwd, given), given);
  else if (!asks) throw new UsageError("Which name? Expected one such as my-server.");
  const questions = asks ? new Questions(io) : undefined;
  try {
    const path = given ?? (await questions?.text("What is it to be called?", problemOf)) ?? "";
    const folder = resolve(io.cwd, path);
    checkFolder(folder, path);
    return {
      folder,
      project: {
        name: basename(folder),
        transport: transport ?? (await questions?.choice("How do clients reach it?", TRANSPORTS)) ?? "http",
        language: values.js ? "js" : ((await questions?.choice("In which language?", LANGUAGES)) ?? "ts"),
        version: version(),
      },
    };
  } finally {
    questions?.close();
  }
}

const TRANSPORTS = { http: "at an address, one or many clients", stdio: "each starts it as a program" };
const LANGUAGES = { ts: "TypeScript; Node runs it without a build", js: "JavaScript" };

/** What an empty folder may have: a repository without a file in it. */
const NOTHING = [".git", ".DS_Store"];

function checkFolder(folder: string, given: string): void {
  const problem = problemOf(basename(folder));
  if (problem !== undefined) throw new UsageError(`NAME: ${problem}`);
  if (!existsSync(folder)) return;
  if (!statSync(folder).isDirectory()) throw new Failure(`${given} is a file. Choose another name.`);
  const inIt = readdirSync(folder).filter((name) => !NOTHING.includes(name));
  if (inIt.length === 0) return;
  const some = inIt.slice(0, 3).join(", ");
  throw new Failure(
    `The folder ${given} is not empty: it has ${some}${inIt.length > 3 ? ", …" : ""}. Choose another name.`,
  );
}

function tell(folder: string, project: Project, files: readonly string[], io: Io): void {
  const { bold, dim, green, cyan } = io.style;
  const path = relative(io.cwd, folder);
  io.print(`${green("Made")} ${bold(project.name)}: ${dim(files.join(", "))}`);
  io.print();
  io.print("Next:");
  const lines = [
    ...(path === "" ? [] : [`cd ${path}`]),
    "npm install",
    "npm run dev",
    "npx slipway call http://127.0.0.1:3000/mcp greet --arg name=Ada   # in another terminal",
  ];
  for (const line of lines) io.print(`  ${cyan(line)}`);
}
