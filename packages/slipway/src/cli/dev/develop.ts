import { basename } from "node:path";
import { inspect } from "node:util";
import { onSignals, type RunningServer, serve } from "../../node/index.ts";
import { Failure } from "../command.ts";
import type { Io } from "../io.ts";
import { withoutAge } from "../load/age.ts";
import { load, type Served } from "../load/index.ts";
import { type ServeValues, serveOptions } from "../serve/options.ts";
import { isShared, openStore } from "../serve/store.ts";
import { CallLines } from "./call-lines.ts";
import { FreshModules } from "./fresh-modules.ts";
import { counting, Generation } from "./generation.ts";
import { Stage } from "./stage.ts";
import { Turns } from "./turns.ts";
import { Watcher } from "./watcher.ts";

/** How long running calls may take to end with the program, in milliseconds. */
const GRACE_MS = 1_000;

/**
 * Serves a file, and what it is changed to, until a signal comes.
 * @param json whether calls are printed as JSON
 */
export async function develop(file: string, values: ServeValues, json: boolean, io: Io): Promise<void> {
  const turns = new Turns();
  const watcher = new Watcher(() => turns.ask());
  const modules = new FreshModules((path) => watcher.add(path));
  watcher.add(file);
  surviveErrors(io);
  onSignals(
    () => turns.end(),
    () => process.exit(1),
  );
  // Opened once, so that what is kept outlives the code.
  const store = isShared(values.store) ? await openStore(values.store) : undefined;
  const stage = new Stage();
  let running: RunningServer | undefined;
  for (turns.ask(); await turns.next(); ) {
    const began = performance.now();
    const served = await load(file, io, (url) => modules.import(url)).catch((error) =>
      complain(error, running, io),
    );
    if (served === undefined) continue;
    const generation = new Generation(served, (error) => io.note(inspect(error)));
    if (running === undefined) {
      const bound = stage.open(generation);
      const observe = counting(() => stage.current, new CallLines(io, json));
      running = await serve(bound, { ...(await serveOptions(values, store, io.cwd)), observe }).catch(
        (error) => {
          throw new Failure((error as Error).message, { cause: error });
        },
      );
      welcome(running, served, file, io);
    } else {
      try {
        const told = await stage.change(generation);
        io.note(
          `${io.errorStyle.green("Loaded anew")} in ${Math.round(performance.now() - began)} ms.${told}`,
        );
      } catch (error) {
        complain(error, running, io);
      }
    }
  }
  watcher.close();
  await running?.close(GRACE_MS);
  await store?.close();
  if (running !== undefined) await stage.current.served.close();
}

function welcome({ url }: RunningServer, { server }: Served, file: string, io: Io): void {
  const { bold, dim } = io.errorStyle;
  const name = typeof server === "function" ? "a server for each tenant" : nameOf(server);
  io.note(`Serving ${name} at ${bold(url)}`);
  io.note(dim(`It is loaded anew when ${basename(file)} changes, or what it imports does. Ctrl+C ends it.`));
  const [tool] = typeof server === "function" ? [] : server.core.features("tools");
  if (tool !== undefined) io.note(dim(`Try: slipway call ${url} ${tool.key}`));
}

function nameOf({
  core,
}: {
  readonly core: { readonly options: { name: string; version: string } };
}): string {
  return `${core.options.name} ${core.options.version}`;
}

function complain(error: unknown, running: RunningServer | undefined, io: Io): undefined {
  const { red } = io.errorStyle;
  io.note(`${red("error:")} ${error instanceof Failure ? error.message : inspect(error)}`);
  io.note(
    running === undefined ? "It is tried again when the file changes." : "The server goes on as it was.",
  );
}

/** An error that nobody has caught would end the program, and with it the sessions. */
function surviveErrors(io: Io): void {
  const { red } = io.errorStyle;
  const tell = (error: unknown) =>
    io.note(
      `${red("error:")} Nobody caught this; slipway serve would have ended.\n${withoutAge(inspect(error))}`,
    );
  process.on("uncaughtException", tell);
  process.on("unhandledRejection", tell);
}
