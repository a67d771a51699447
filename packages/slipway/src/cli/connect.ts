import { existsSync } from "node:fs";
import {
  ClientError,
  type ClientOptions,
  type ClientTransport,
  HttpTransport,
  McpClient,
} from "../client/index.ts";
import { StdioTransport } from "../client/stdio/index.ts";
import { RpcError } from "../protocol/errors.ts";
import { Failure, type Options, UsageError, type Values } from "./command.ts";
import { durationMs } from "./duration.ts";
import { printable, printableJson } from "./printable.ts";
import { VERSIONS, versionsOf } from "./revisions.ts";
import { version } from "./version.ts";
import { wordsOf } from "./words.ts";

/** What the commands say that they are. */
export const CLIENT_INFO = { name: "slipway", title: "Slipway's command line", version: version() };

/** Where a server is: at an address, or in a program. */
export type Target =
  | { readonly kind: "http"; readonly url: string }
  | { readonly kind: "program"; readonly command: string; readonly args: readonly string[] };

/** How to get to it, from flags and the environment. */
export interface Way {
  readonly headers: Readonly<Record<string, string>>;
  /** Variables for a program. */
  readonly env: Readonly<Record<string, string>>;
  /** The revisions that may be spoken; undefined: all. */
  readonly versions: readonly string[] | undefined;
  /** How long the server may say nothing, in milliseconds. */
  readonly timeoutMs: number | undefined;
}

/** The options by which a way is described. */
export const WAY_OPTIONS = {
  header: {
    type: "string",
    short: "H",
    multiple: true,
    value: "'NAME: VALUE'",
    help: "a header for every request; may be repeated",
  },
  token: {
    type: "string",
    value: "TOKEN",
    help: "sends Authorization: Bearer TOKEN; SLIPWAY_TOKEN in the environment does the same, and no list of processes shows it",
  },
  env: {
    type: "string",
    multiple: true,
    value: "NAME=VALUE",
    help: "a variable for a program, which else gets only PATH, HOME and the like; may be repeated",
  },
  revision: {
    type: "string",
    value: "REVISION",
    help: `speak only this one: ${VERSIONS.join(", ")}; or modern (without a handshake), or legacy (with one)`,
  },
  timeout: {
    type: "string",
    value: "DURATION",
    help: "how long the server may say nothing, such as 500ms, 10s or 5m; default 60s",
  },
} as const satisfies Options;

/** @throws UsageError when an option makes no sense */
export function wayOf(flags: Values<typeof WAY_OPTIONS>, environment: NodeJS.ProcessEnv): Way {
  const { header = [], env = [], revision, timeout } = flags;
  const token = flags.token ?? environment["SLIPWAY_TOKEN"];
  return {
    headers: {
      ...(token !== undefined && token !== "" && { authorization: `Bearer ${token}` }),
      ...Object.fromEntries(header.map((one) => split(one, ":", "--header", "'NAME: VALUE'"))),
    },
    env: Object.fromEntries(env.map((one) => split(one, "=", "--env", "NAME=VALUE"))),
    versions: revision === undefined ? undefined : chosen(revision),
    timeoutMs: timeout === undefined ? undefined : durationOf(timeout, "--timeout"),
  };
}

/** A flag's text at its first separator. @throws UsageError when there is none */
export function split(text: string, separator: string, flag: string, form: string): [string, string] {
  const at = text.indexOf(separator);
  if (at < 1) throw new UsageError(`${flag} wants ${form}, got ${JSON.stringify(text)}.`);
  const value = text.slice(at + 1);
  return separator === ":"
    ? [text.slice(0, at).trim().toLowerCase(), value.trim()]
    : [text.slice(0, at), value];
}

/** @throws UsageError when it is none above 0 */
export function durationOf(text: string, flag: string): number {
  const ms = durationMs(text);
  if (ms !== undefined && ms > 0) return ms;
  throw new UsageError(`${flag}: expected a duration such as 500ms or 10s, got ${JSON.stringify(text)}.`);
}

function chosen(revision: string): readonly string[] {
  if (revision === "modern" || revision === "legacy") return versionsOf(revision);
  if (VERSIONS.includes(revision)) return [revision];
  throw new UsageError(
    `--revision wants ${VERSIONS.join(", ")}, modern or legacy, got ${JSON.stringify(revision)}.`,
  );
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?([/?]|$)/i;

/**
 * Reads where the server is: an address, or the words of a command; a single word with spaces is split as a shell does.
 * @throws UsageError when there is nothing, or an address of another kind
 */
export function targetOf(words: readonly string[]): Target {
  const [first = "", ...rest] = words;
  if (first === "") throw new UsageError("Expected the URL of a server, or the command that starts one.");
  const given = LOOPBACK.test(first) ? `http://${first}` : first;
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(given)) {
    if (!/^https?:/i.test(given) || !URL.canParse(given)) {
      throw new UsageError(`Expected a URL that begins with http:// or https://, got ${first}.`);
    }
    if (rest.length > 0)
      throw new UsageError(`Expected nothing after the URL ${first}, got ${rest.join(" ")}.`);
    return { kind: "http", url: new URL(given).href };
  }
  const [command = "", ...args] = rest.length === 0 && !existsSync(first) ? unquoted(first) : words;
  if (command === "") throw new UsageError("Expected a command that starts a server, got none.");
  return { kind: "program", command, args };
}

function unquoted(line: string): string[] {
  try {
    return wordsOf(line);
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

/** What a person calls it. */
export function nameOf(target: Target): string {
  return target.kind === "http" ? target.url : [target.command, ...target.args].join(" ");
}

/**
 * A new way to the server.
 * @param stderr takes what a program writes to its standard error, safe for a terminal
 */
export function transportTo(target: Target, way: Way, stderr: (text: string) => void): ClientTransport {
  if (target.kind === "http") return new HttpTransport(target.url, { headers: way.headers });
  return new StdioTransport(target.command, target.args, {
    env: way.env,
    stderr: (text) => stderr(printable(text)),
    ownGroup: true,
  });
}

/** Connects to the server. @throws Failure that says in words what to do */
export async function connectTo(
  target: Target,
  way: Way,
  transport: ClientTransport,
  options: ClientOptions,
): Promise<McpClient> {
  try {
    return await McpClient.connect(transport, { ...optionsOf(way), ...options });
  } catch (error) {
    throw failureOf(error, target);
  }
}

export function optionsOf({ versions, timeoutMs }: Way): Partial<ClientOptions> {
  return {
    ...(versions !== undefined && { protocolVersions: versions }),
    ...(timeoutMs !== undefined && { timeoutMs, maxTimeoutMs: Math.max(600_000, timeoutMs) }),
  };
}

/** What went wrong between client and server, in words for who sits at a terminal. */
export function failureOf(error: unknown, target: Target): unknown {
  if (error instanceof RpcError) {
    const data = error.data === undefined ? "" : `\n${printableJson(error.data, 2)}`;
    return new Failure(`The server answered with error ${error.code}: ${printable(error.message)}${data}`, {
      cause: error,
    });
  }
  if (!(error instanceof ClientError)) return error;
  const remedy = remedyOf(error, target);
  const said = printable(error.message);
  return new Failure(remedy === undefined ? said : `${said}\n${remedy}`, { cause: error });
}

function remedyOf({ code, status }: ClientError, target: Target): string | undefined {
  if (target.kind === "program") {
    const script = code === "connection" && /\.[cm]?[jt]s$/.test(target.command);
    return script ? `To run a file of JavaScript or TypeScript, write "node ${target.command}".` : undefined;
  }
  if (status === 401) return "Give a token with SLIPWAY_TOKEN or --token, or another header with --header.";
  if (status === 403)
    return "`slipway doctor` finds out whether the token, the Host or the Origin is refused.";
  const { pathname } = new URL(target.url);
  if ((status === 404 || status === 405) && pathname === "/") {
    return `Most servers have a path, such as ${new URL("/mcp", target.url).href}.`;
  }
  return undefined;
}
