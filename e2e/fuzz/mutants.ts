import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { entryPoints } from "../../scripts/workspace.ts";

/** A fault in the runtime, and the target that must find it. */
export interface Mutant {
  readonly target: string;
  /** A file below the package's `src`. */
  readonly file: string;
  /** What stands there once, and what is put in its place. */
  readonly from: string;
  readonly to: string;
  /** What the finding says. */
  readonly finding: RegExp;
  /** Whether it is found by waiting: only then is the wait cut short, as on a slow machine others seem to hang, too. */
  readonly hangs?: true;
}

const SOURCE = new URL("../../packages/slipway/src/", import.meta.url);

export const MUTANTS: { readonly [fault: string]: Mutant } = {
  "takes ids that it cannot repeat": {
    target: "json-rpc",
    file: "protocol/jsonrpc.ts",
    from: "Number.isSafeInteger(value)",
    to: "Number.isInteger(value)",
    finding: /is taken for a request, and is a malformed/,
  },
  "takes null for an object": {
    target: "messages",
    file: "protocol/jsonrpc.ts",
    from: `typeof value === "object" && value !== null && !Array.isArray(value)`,
    to: `typeof value === "object" && !Array.isArray(value)`,
    finding: /status 500 is not documented|logged an error/,
  },
  "answers errors with the id of another request": {
    target: "messages",
    file: "server/encode.ts",
    from: `const head = \`{"jsonrpc":"2.0","id":\${encodeId(id)}`,
    to: `const head = \`{"jsonrpc":"2.0","id":\${encodeId(id === 7 ? 8 : id)}`,
    finding: /id that nobody sent/,
  },
  "forgets a member that its revision requires": {
    target: "messages",
    file: "protocol/eras/modern/revisions.ts",
    from: `"ttlMs":\${cache.ttlMs ?? 0},`,
    to: "",
    finding: /is not of 2026-07-28: .*ttlMs/,
  },
  "copies what it does not know onto prototypes": {
    target: "messages",
    file: "protocol/eras/modern/meta.ts",
    from: "  const version = meta[META.protocolVersion];",
    to: `  for (const [key, value] of Object.entries((meta as never)["__proto__"] ?? {})) (Object.prototype as never)[key] = value as never;
  const version = meta[META.protocolVersion];`,
    finding: /prototype was polluted/,
  },
  "lets a rejection go unhandled": {
    target: "sessions",
    file: "http/legacy/legacy.ts",
    from: `    if (method === "notifications/roots/list_changed") session?.rootsChanged();`,
    to: `    if (params?.["requestId"] === 1) void Promise.reject(new Error("lost"));`,
    finding: /unhandled rejection/,
  },
  "never answers some calls": {
    target: "continuations",
    file: "server/run.ts",
    from: `  if (responses === undefined || !responses.every(([, result]) => isObject(result))) {`,
    to: `  if (responses?.length === 0) for (;;);
  if (responses === undefined || !responses.every(([, result]) => isObject(result))) {`,
    finding: /hangs/,
    hangs: true,
  },
  "opens sealed state with the newest key only": {
    target: "sealed",
    file: "server/seal.ts",
    from: "ring.find(({ id }) => id.every((byte, i) => byte === bytes[1 + i]))",
    to: "ring[0]",
    finding: /is refused wrongly/,
  },
  "takes more than one spelling of the same bytes": {
    target: "base64",
    file: "server/base64.ts",
    from: "return word === 0 ? out : undefined;",
    to: "return out;",
    finding: /is decoded wrongly/,
  },
  "breaks its engine": {
    target: "base64",
    file: "server/base64.ts",
    from: "  const codes = encoder.encode(text);",
    to: `  if (text.endsWith("==")) process.kill(process.pid, "SIGSEGV");
  const codes = encoder.encode(text);`,
    finding: /^The process died of SIGSEGV/,
  },
  "lets path segments lead out": {
    target: "uri-templates",
    file: "server/uri-template/values.ts",
    from: `if (reserved) return !value.split(/[/\\\\]/).includes("..");`,
    to: "if (reserved) return true;",
    finding: /leads out/,
  },
  "cuts lines between chunks": {
    target: "stdio",
    file: "protocol/lines.ts",
    from: "    this.#add(chunk.subarray(start));\n",
    to: "",
    finding: /no answer|-32700|answer/,
  },
};

/** Gives the runtime a fault, in this process, before it is loaded; `slipway` is its source then. */
export function installMutant(name: string): void {
  const mutant = MUTANTS[name];
  if (mutant === undefined) throw new Error(`There is no mutant "${name}".`);
  const { file, from, to } = mutant;
  const { href } = new URL(file, SOURCE);
  const parts = readFileSync(fileURLToPath(href), "utf8").split(from);
  if (parts.length !== 2) throw new Error(`"${from}" stands ${parts.length - 1} times in ${file}, not once.`);
  const sources = new Map(entryPoints().map(({ name, source }) => [name, pathToFileURL(source).href]));
  registerHooks({
    resolve(specifier, context, next) {
      const url = sources.get(specifier);
      return url === undefined ? next(specifier, context) : { url, shortCircuit: true };
    },
    load(url, context, next) {
      if (url !== href) return next(url, context);
      return { format: "module-typescript", source: parts.join(to), shortCircuit: true };
    },
  });
}
