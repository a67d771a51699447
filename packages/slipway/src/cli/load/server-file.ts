import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import type { ServerFactory } from "../../http/index.ts";
import { McpServer } from "../../server/index.ts";
import { type Args, Failure, UsageError } from "../command.ts";
import type { Io } from "../io.ts";

/** What a server file exports. */
export interface Served {
  /** A server for everybody, or a function that makes one for each tenant. */
  readonly server: McpServer | ServerFactory;
  /** The file's own `close`: lets go of what it has opened. Called once nothing is served any more. */
  close(): Promise<void>;
}

/**
 * The path of the server file that a command was given.
 * @throws UsageError when there is none, or more than one
 * @throws Failure when there is no such file
 */
export function serverFile({ positionals }: Pick<Args, "positionals">, { cwd }: Io): string {
  const [given, ...more] = positionals;
  if (given === undefined)
    throw new UsageError("Which file? Expected one that exports a server, such as server.ts.");
  if (more.length > 0)
    throw new UsageError(`Expected one server file, got ${positionals.length}: ${positionals.join(" ")}.`);
  const path = resolve(cwd, given);
  if (!existsSync(path)) throw new Failure(`There is no file ${given}.`);
  if (!statSync(path).isFile())
    throw new Failure(`${given} is no file. Give the file in it that exports the server.`);
  return path;
}

const EXPECTED =
  'Expected an McpServer of "slipway", or a function that makes one, as the default export or as "server".';

/**
 * What a loaded module serves: its default export, or `server`. A function without parameters makes the one server;
 * one with a parameter makes one for each tenant, of the first caller's principal.
 * @param name the file, for messages
 * @throws Failure when it exports no server
 */
export async function servedBy(module: { readonly [name: string]: unknown }, name: string): Promise<Served> {
  const exported = module["default"] ?? module["server"];
  const close = module["close"];
  return {
    server: await serverOf(exported, module, name),
    close: async () => {
      if (typeof close === "function") await close();
    },
  };
}

async function serverOf(
  exported: unknown,
  module: { readonly [name: string]: unknown },
  name: string,
): Promise<Served["server"]> {
  if (exported === undefined) {
    const names = Object.keys(module);
    const those = names.length === 0 ? "nothing" : `only ${names.join(", ")}`;
    throw new Failure(`${name} exports ${those}. ${EXPECTED}`);
  }
  if (exported instanceof McpServer) return exported;
  if (typeof exported !== "function")
    throw new Failure(`${name} exports ${described(exported)}. ${EXPECTED}`);
  if (exported.length > 0) return exported as ServerFactory;
  const made: unknown = await exported();
  if (made instanceof McpServer) return made;
  throw new Failure(`The function that ${name} exports returned ${described(made)}. ${EXPECTED}`);
}

function described(value: unknown): string {
  if (value === null || typeof value !== "object")
    return value === undefined ? "undefined" : `a ${typeof value}`;
  const kind = (value.constructor as { name?: string } | undefined)?.name ?? "object";
  if (kind === "McpServer" || kind === "Server")
    return `a ${kind} of another library, or of another copy of this one`;
  return kind === "Object" ? "a plain object" : `a ${kind}`;
}
