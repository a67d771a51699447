import * as nodeModule from "node:module";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Failure } from "../command.ts";
import { AGE } from "../load/age.ts";

type Module = { readonly [name: string]: unknown };

/** The library's own code, of which there must be one copy. */
const OWN = new URL("./", pathToFileURL(createRequire(import.meta.url).resolve("slipway/package.json"))).href;

/** Loads modules of the user's anew each time, with all that they import, but not what is installed. */
export class FreshModules {
  readonly #found: (path: string) => void;
  #generation = 0;

  /**
   * @param found is told of each file that is loaded, or was to be
   * @throws Failure where Node is too old
   */
  constructor(found: (path: string) => void) {
    this.#found = found;
    if (nodeModule.registerHooks === undefined) {
      throw new Failure(
        `slipway dev needs Node 22.15 or newer to load files anew, and this is ${process.versions.node}. ` +
          "slipway serve and slipway stdio run here, without reloading.",
      );
    }
    nodeModule.registerHooks({
      resolve: (specifier, context, next) => {
        try {
          const resolved = next(specifier, context);
          return { ...resolved, url: this.#fresh(resolved.url, context.parentURL) };
        } catch (error) {
          // It may come to be.
          if (specifier.startsWith(".") && context.parentURL?.startsWith("file:"))
            this.#found(fileURLToPath(new URL(specifier, context.parentURL)));
          throw error;
        }
      },
    });
  }

  /** Imports a file and all that it imports anew. */
  async import(url: string): Promise<Module> {
    this.#generation++;
    const { cache } = createRequire(url);
    for (const path of Object.keys(cache)) if (isUsers(pathToFileURL(path).href)) delete cache[path];
    return import(url);
  }

  #fresh(url: string, parent: string | undefined): string {
    if (!isUsers(url) || this.#generation === 0) return url;
    const address = new URL(url);
    this.#found(fileURLToPath(address));
    // What an old module imports late is of its own age.
    const age = parent?.startsWith("file:") ? new URL(parent).searchParams.get(AGE) : null;
    address.searchParams.set(AGE, age ?? String(this.#generation));
    return address.href;
  }
}

function isUsers(url: string): boolean {
  return url.startsWith("file:") && !url.includes("/node_modules/") && !url.startsWith(OWN);
}
