import { type FSWatcher, statSync, watch } from "node:fs";
import { dirname, join } from "node:path";

/** How long files must be left alone before they are taken for written, in milliseconds. */
const QUIET_MS = 80;

/** Watches files, also those that are replaced by others, and those that are not there yet. */
export class Watcher {
  readonly #changed: () => void;
  /** By their paths, how they were when last looked at. */
  readonly #files = new Map<string, string>();
  /** A file is watched by its folder, as many editors write a new file in the place of the old one. */
  readonly #folders = new Map<string, FSWatcher>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param changed is called when files have changed, and then were left alone for a moment */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  add(path: string): void {
    if (!this.#files.has(path)) this.#files.set(path, stateOf(path));
    const folder = dirname(path);
    if (this.#folders.has(folder)) return;
    try {
      const watcher = watch(folder, (_, name) => this.#touched(folder, name));
      watcher.on("error", () => this.#drop(folder));
      this.#folders.set(folder, watcher);
    } catch {
      // The folder is not there; whoever makes it saves the file that imports from it, too.
    }
  }

  #touched(folder: string, name: string | null): void {
    const paths = name === null ? [...this.#files.keys()] : [join(folder, name)];
    const changed = paths.filter((path) => {
      const before = this.#files.get(path);
      return before !== undefined && before !== stateOf(path);
    });
    if (changed.length === 0) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      // Written again meanwhile, they are as they are now.
      for (const path of this.#files.keys()) this.#files.set(path, stateOf(path));
      this.#changed();
    }, QUIET_MS);
  }

  #drop(folder: string): void {
    this.#folders.get(folder)?.close();
    this.#folders.delete(folder);
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const folder of [...this.#folders.keys()]) this.#drop(folder);
  }
}

function stateOf(path: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(path);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    return "not there";
  }
}
