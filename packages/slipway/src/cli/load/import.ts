import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { inspect } from "node:util";
import { Failure } from "../command.ts";
import { withoutAge } from "./age.ts";

type Module = { readonly [name: string]: unknown };

const TYPESCRIPT = /\.[mc]?tsx?$/;

/** How to say which file it is. */
export function nameOf(path: string, cwd: string): string {
  const name = relative(cwd, path);
  return name.startsWith("..") ? path : name;
}

/**
 * Loads a file of the user's, in JavaScript or TypeScript. TypeScript is run by the project's `tsx`, where it has that, else by
 * Node itself, which can from 22.18 on.
 * @param load how it is loaded; a plain `import()`, unless the module is wanted anew
 * @throws Failure when it cannot be loaded, with what the user has to know
 */
export async function importFile(
  path: string,
  cwd: string,
  load: (url: string) => Promise<Module> = (url) => import(url),
): Promise<Module> {
  const url = pathToFileURL(path).href;
  const name = nameOf(path, cwd);
  if (TYPESCRIPT.test(path) && !(await registerTsx(path)) && !process.features.typescript) {
    throw new Failure(
      `${name} is TypeScript, which Node ${process.versions.node} does not run. ` +
        "Use Node 22.18 or newer, or install tsx in your project: npm install --save-dev tsx",
    );
  }
  return load(url).catch((error) => fail(error, name, url));
}

/** The projects whose tsx is at work already. */
const registered = new Set<string>();

/** Lets the project's tsx see to TypeScript; `false` where it has none. */
async function registerTsx(path: string): Promise<boolean> {
  let manifest: string;
  try {
    manifest = createRequire(path).resolve("tsx/package.json");
  } catch {
    return false;
  }
  if (registered.has(manifest)) return true;
  const entry = join(dirname(manifest), "dist", "esm", "api", "index.mjs");
  const { register } = (await import(pathToFileURL(entry).href)) as { register(): unknown };
  register();
  registered.add(manifest);
  return true;
}

/** Whether Node has not found a `.js`, which may be one that stands for a `.ts`. */
function missesScript(error: NodeJS.ErrnoException): boolean {
  return /[\\/][^'"]*\.[mc]?js['"]/.test(error.message);
}

function fail(error: unknown, name: string, url: string): never {
  throw new Failure(`${name} could not be loaded.${adviceOn(error)}\n${shown(error, url)}`, {
    cause: error,
  });
}

function adviceOn(error: unknown): string {
  if (!(error instanceof Error)) return "";
  const { code = codeOf(error.cause) } = error as NodeJS.ErrnoException;
  switch (code) {
    case "EADDRINUSE":
      return " It serves by itself, and is to do so only where it is the program: if (import.meta.main) await serve(server);";
    case "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX":
      return " Node only leaves types out: write it without enum, namespace and parameter properties, or install tsx.";
    case "ERR_UNKNOWN_FILE_EXTENSION":
      return " Expected a .js, .mjs, .cjs, .ts, .mts or .cts file.";
    case "ERR_MODULE_NOT_FOUND": {
      const missing = /Cannot find package '([^']+)'/.exec(error.message)?.[1];
      if (missing !== undefined) return ` Install what it imports: npm install ${missing}`;
      if (missesScript(error))
        return " Import TypeScript files by their own ending (./file.ts), or install tsx.";
      return "";
    }
    default:
      return "";
  }
}

function codeOf(cause: unknown): string | undefined {
  return cause instanceof Error ? (cause as NodeJS.ErrnoException).code : undefined;
}

/** An error as Node would show it, without the frames that are Node's own and this program's. */
function shown(error: unknown, url: string): string {
  if (error instanceof SyntaxError && !hasPlace(error)) return placeOf(url) ?? inspect(error);
  const text = error instanceof Error ? inspect(error) : `It threw ${inspect(error)}.`;
  return text
    .split("\n")
    .filter((line) => !/^\s+at /.test(line) || !(line.includes("node:") || line.includes(OWN)))
    .map(withoutAge)
    .join("\n");
}

/** Where this program's code is. */
const OWN = new URL("..", import.meta.url).href;

/** Whether a syntax error says where it is: Node says so of TypeScript, and of what is parsed while a program runs. */
function hasPlace(error: SyntaxError): boolean {
  return (
    /^\S+:\d+\n/.test(error.stack ?? "") || /^\s+at .*file:/m.test(error.stack?.replaceAll(OWN, "") ?? "")
  );
}

/** Node tells the place of a syntax error only when it ends the program. What does not parse is not run, either. */
function placeOf(url: string): string | undefined {
  const args = ["--input-type=module", "--eval", `import ${JSON.stringify(url)}`];
  const env = { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined };
  const { stderr } = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 10_000, env });
  const end = stderr.search(/\n\s+at |\n\nNode\.js v/);
  return end === -1 ? undefined : stderr.slice(0, end).trimEnd();
}
