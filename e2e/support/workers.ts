import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { Miniflare } from "miniflare";

/** Where there is one, objects need not wait for a disk. */
const QUICK_FOLDER = "/dev/shm";

/** What tests kill and cut off is told of by the runtime. */
const QUIET = {
  handleRuntimeStdio: (stdout: Readable, stderr: Readable) => {
    stdout.resume();
    stderr.resume();
  },
};

const RUNTIME = { modules: true, compatibilityDate: "2026-07-01" } as const;

/**
 * Workers in workerd that run one module and share the KV namespace `KV`, each at the host of its name.
 * @param bindings what else their `env` has
 */
export async function kvWorkers(
  entry: string,
  names: readonly string[],
  bindings: { [name: string]: string } = {},
): Promise<Miniflare> {
  const script = await bundled(entry);
  const miniflare = new Miniflare({
    workers: names.map((name) => ({
      ...RUNTIME,
      name,
      script,
      routes: [`*/${name}/*`, `http://${name}.example/*`],
      kvNamespaces: { KV: "shared" },
      bindings,
      compatibilityFlags: ["enable_request_signal"],
    })),
  });
  await miniflare.ready;
  return miniflare;
}

/**
 * Workers in workerd that run one module, each at the host of its name, and share the Durable Objects of its class
 * `SlipwayStore` as `SLIPWAY`.
 * @param bindings what else their `env` has
 * @param persistIn a folder in which the objects outlive the Workers
 */
export async function durableWorkers(
  entry: string,
  names: readonly string[],
  { bindings = {}, persistIn }: { bindings?: { [name: string]: string }; persistIn?: string } = {},
): Promise<Miniflare> {
  const script = await bundled(entry);
  const folder =
    persistIn ?? mkdtempSync(join(existsSync(QUICK_FOLDER) ? QUICK_FOLDER : tmpdir(), "slipway-objects-"));
  const shared = {
    ...RUNTIME,
    script,
    bindings,
    compatibilityFlags: ["enable_request_signal", "nodejs_compat"],
  };
  const miniflare = new Miniflare({
    durableObjectsPersist: folder,
    ...QUIET,
    workers: [
      ...names.map((name) => ({
        ...shared,
        name,
        routes: [`*/${name}/*`, `http://${name}.example/*`],
        durableObjects: {
          SLIPWAY: { className: "SlipwayStore", scriptName: "objects", useSQLite: true },
        },
      })),
      {
        ...shared,
        name: "objects",
        durableObjects: { SLIPWAY: { className: "SlipwayStore", useSQLite: true } },
      },
    ],
  });
  await miniflare.ready;
  if (persistIn !== undefined) return miniflare;
  const dispose = miniflare.dispose.bind(miniflare);
  miniflare.dispose = async () => {
    await dispose();
    rmSync(folder, { recursive: true, force: true });
  };
  return miniflare;
}

interface WranglerConfig {
  readonly main: string;
  readonly compatibility_date: string;
  readonly compatibility_flags: string[];
  readonly durable_objects: {
    readonly bindings: readonly { readonly name: string; readonly class_name: string }[];
  };
  readonly migrations: readonly { readonly new_sqlite_classes: readonly string[] }[];
}

/** A Worker in workerd as its wrangler.json has it. */
export async function configuredWorker(
  path: string,
  secrets: { [name: string]: string },
): Promise<Miniflare> {
  const config = JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8")) as WranglerConfig;
  const sqlite = config.migrations.flatMap(({ new_sqlite_classes }) => new_sqlite_classes);
  const objects = config.durable_objects.bindings.map(
    ({ name, class_name: className }) =>
      [name, { className, useSQLite: sqlite.includes(className) }] as const,
  );
  const miniflare = new Miniflare({
    ...QUIET,
    modules: true,
    script: await bundled(path.replace(/[^/]*$/, config.main)),
    compatibilityDate: config.compatibility_date,
    compatibilityFlags: config.compatibility_flags,
    durableObjects: Object.fromEntries(objects),
    bindings: secrets,
  });
  await miniflare.ready;
  return miniflare;
}

async function bundled(entry: string): Promise<string> {
  const bundle = await build({
    entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
    bundle: true,
    write: false,
    format: "esm",
    target: "esnext",
    conditions: ["workerd", "worker"],
    external: ["cloudflare:workers"],
    // Chunks are imported for their order, too.
    logOverride: { "ignored-bare-import": "silent" },
  });
  return bundle.outputFiles[0]?.text as string;
}

/** Sends a request to one of the workers. */
export async function sendTo(workers: Miniflare, name: string, request: Request): Promise<Response> {
  const { method, headers, signal } = request;
  const body = method === "GET" || method === "HEAD" ? undefined : await request.text();
  const { pathname, search } = new URL(request.url);
  const response = await workers.dispatchFetch(`http://${name}.example${pathname}${search}`, {
    method,
    headers: Object.fromEntries(headers),
    signal,
    ...(body === undefined ? {} : { body }),
  });
  return response as unknown as Response;
}
