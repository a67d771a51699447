// Holds the library's rooms apart: who may import whom, where Node's modules may be used,
// and where a protocol version may be written down.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path/posix";
import { parseSync, Visitor } from "oxc-parser";
import { packageFolder } from "./workspace.ts";

/** The room of a server that everyone else sees. */
const serverFace = "server/index.ts";

/** What refuses a request with a status and headers. */
const httpError = "http/http-error";

/** The adapters that every transport falls back on. */
const defaultStore = "stores/memory";

/** Hears that the process is to end. */
const signals = "node/signals.ts";

/** Keeps a bounded number of things, one for each tenant. */
const keyed = "tenancy/keyed.ts";

/** What each room may import besides itself: a folder below `src`, or a single file. */
const mayImport: Record<string, string[]> = {
  protocol: [],
  ports: ["protocol"],
  server: ["ports", "protocol"],
  http: [serverFace, "ports", "protocol", defaultStore, keyed],
  node: ["http", serverFace, "ports", "protocol", defaultStore, "health"],
  stdio: ["http", serverFace, "ports", "protocol", defaultStore, signals],
  fetch: ["http", serverFace, "ports", "protocol"],
  stores: ["ports", "protocol"],
  auth: [httpError, serverFace, "ports", "protocol"],
  tenancy: [serverFace, "ports", "protocol"],
  health: [serverFace, "ports", "protocol"],
  observe: [serverFace, "ports", "protocol"],
  limits: [serverFace, "ports", "protocol"],
  client: ["protocol"],
  testing: ["ports", "protocol"],
};

/** Rooms that the package's main entry point leaves to subpaths, since they need Node. */
const notInMainEntry = ["cli", "node", "stdio"];

const mayUseNode = [
  "cli",
  "node",
  "stdio",
  "client/stdio",
  "observe/node",
  "stores/sqlite",
  "server/node-crypto.ts",
];

const mayNameVersions = "protocol/eras";
const version = /\b20\d\d-\d\d-\d\d\b/;

interface Rules {
  /** Packages that the library declares as dependencies or peers. */
  packages: string[];
}

/** What breaks the rules, one line each. `files` maps a path below `src` to its text; tests are exempt. */
export function findings(files: Map<string, string>, rules: Rules): string[] {
  return [...files].flatMap(([path, text]) => (path.endsWith(".test.ts") ? [] : inFile(path, text, rules)));
}

function inFile(path: string, text: string, rules: Rules): string[] {
  const room = roomOf(path);
  if (room !== "index.ts" && room !== "cli" && !Object.hasOwn(mayImport, room)) {
    return [`${path}: "${room}" is no known room; add it to the table in scripts/layering.ts`];
  }
  const { imports, strings, errors } = read(path, text);
  const found = errors.map((message) => `${path}: cannot be parsed: ${message}`);
  for (const { value, line } of imports) {
    const complaint = judgeImport(path, room, value, rules);
    if (complaint) found.push(`${path}:${line}: imports "${value}", but ${complaint}`);
  }
  for (const { value, line } of strings) {
    if (version.test(value) && !isIn(path, mayNameVersions)) {
      found.push(`${path}:${line}: "${value}" names a protocol version, but only ${mayNameVersions}/ may`);
    }
    // As process.getBuiltinModule() takes it.
    const isImported = imports.some((one) => one.value === value && one.line === line);
    const complaint = /^node:\w/.test(value) && !isImported && judgeImport(path, room, value, rules);
    if (complaint) found.push(`${path}:${line}: names "${value}", but ${complaint}`);
  }
  return found;
}

function judgeImport(path: string, room: string, specifier: string, rules: Rules): string | undefined {
  if (specifier.startsWith("node:")) {
    if (mayUseNode.some((place) => isIn(path, place))) return;
    return `Node's modules may be used only in ${mayUseNode.join(", ")}`;
  }
  if (!specifier.startsWith(".")) {
    const name = specifier
      .split("/")
      .slice(0, specifier.startsWith("@") ? 2 : 1)
      .join("/");
    if (rules.packages.includes(name)) return;
    return `"${name}" is neither a dependency nor a peer of the package`;
  }
  const target = join(dirname(path), specifier);
  const targetRoom = roomOf(target);
  if (targetRoom === room || room === "cli") return;
  if (room === "index.ts") {
    return notInMainEntry.includes(targetRoom) ? `the main entry point leaves out ${targetRoom}/` : undefined;
  }
  const allowed = mayImport[room] ?? [];
  if (allowed.some((place) => isIn(target, place))) return;
  return `${room} may import ${allowed.length > 0 ? `only itself, ${allowed.join(", ")}` : "only itself"}`;
}

/** The folder or file directly below `src`; a file that is a room of its own drops its ending. */
function roomOf(path: string): string {
  const first = path.split("/")[0] ?? "";
  return first === "index.ts" ? first : first.replace(/\.ts$/, "");
}

function isIn(path: string, place: string): boolean {
  return path === place || path === `${place}.ts` || path.startsWith(`${place}/`);
}

interface Found {
  value: string;
  line: number;
}

function read(path: string, text: string): { imports: Found[]; strings: Found[]; errors: string[] } {
  const imports: Found[] = [];
  const strings: Found[] = [];
  const at = (value: string, offset: number): Found => ({
    value,
    line: text.slice(0, offset).split("\n").length,
  });
  const keepImport = (node: { source: unknown }): void => {
    const source = node.source as { value?: unknown; start: number } | null;
    if (typeof source?.value === "string") imports.push(at(source.value, source.start));
  };
  const { program, errors } = parseSync(path, text);
  new Visitor({
    ImportDeclaration: keepImport,
    ImportExpression: keepImport,
    ExportAllDeclaration: keepImport,
    ExportNamedDeclaration: keepImport,
    TSImportType: keepImport,
    TSExternalModuleReference: (node) => keepImport({ source: node.expression }),
    Literal: (node) => {
      if (typeof node.value === "string") strings.push(at(node.value, node.start));
    },
    TemplateElement: (node) => strings.push(at(node.value.raw, node.start)),
  }).visit(program);
  return { imports, strings, errors: errors.map((error) => error.message) };
}

if (import.meta.main) {
  const source = `${packageFolder}/src`;
  const paths = readdirSync(source, { recursive: true, encoding: "utf8" }).map((path) =>
    path.replaceAll("\\", "/"),
  );
  const files = new Map(
    paths
      .filter((path) => path.endsWith(".ts"))
      .map((path) => [path, readFileSync(`${source}/${path}`, "utf8")]),
  );
  const manifest = JSON.parse(readFileSync(`${packageFolder}/package.json`, "utf8"));
  const packages = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
  const found = findings(files, { packages });
  for (const line of found) console.error(line);
  console.log(`${files.size} files, ${found.length} findings`);
  process.exitCode = found.length > 0 ? 1 : 0;
}
