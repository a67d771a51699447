import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { Miniflare } from "miniflare";

/**
 * Workers in workerd that run one module and share the KV namespace `KV`, each at the host of its name.
 * @param bindings what else their `env` has
 */
export async function kvWorkers(
  entry: string,
  names: readonly string[],
  bindings: { [name: string]: string } = {},
): Promise<Miniflare> {
  const bundle = await build({
    entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
    bundle: true,
    write: false,
    format: "esm",
    target: "esnext",
    conditions: ["workerd", "worker"],
    // Chunks are imported for their order, too.
    logOverride: { "ignored-bare-import": "silent" },
  });
  const script = bundle.outputFiles[0]?.text as string;
  const miniflare = new Miniflare({
    workers: names.map((name) => ({
      name,
      modules: true,
      script,
      routes: [`http://${name}.example/*`],
      kvNamespaces: { KV: "shared" },
      bindings,
      compatibilityDate: "2026-07-01",
      compatibilityFlags: ["enable_request_signal"],
    })),
  });
  await miniflare.ready;
  return miniflare;
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
