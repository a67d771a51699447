import { mkdir, open } from "node:fs/promises";
import { join } from "node:path";

const ENDINGS: { readonly [type: string]: string } = {
  "application/json": "json",
  "application/pdf": "pdf",
  "audio/mpeg": "mp3",
  "audio/ogg": "ogg",
  "audio/wav": "wav",
  "image/gif": "gif",
  "image/jpeg": "jpg",
  "image/png": "png",
  "image/svg+xml": "svg",
  "image/webp": "webp",
  "text/csv": "csv",
  "text/html": "html",
  "text/markdown": "md",
  "text/plain": "txt",
};

/** Puts what a server sent into files of one folder, under names of our own making: a server's might lead elsewhere. */
export class Files {
  readonly #folder: string;
  readonly #stem: string;
  #count = 0;

  /** @param name what the files are called after: of a tool, as a rule */
  constructor(folder: string, name: string) {
    this.#folder = folder;
    this.#stem =
      name
        .replace(/[^A-Za-z0-9_-]+/g, "-")
        .replace(/^-+|-+$/g, "")
        .slice(0, 64) || "result";
  }

  /** @returns the file's path; none that is there is overwritten */
  async save(bytes: Uint8Array, mimeType: string | undefined): Promise<string> {
    await mkdir(this.#folder, { recursive: true });
    const type = mimeType?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
    const ending = Object.hasOwn(ENDINGS, type) ? ENDINGS[type] : "bin";
    for (;;) {
      const path = join(this.#folder, `${this.#stem}-${++this.#count}.${ending}`);
      try {
        const file = await open(path, "wx");
        await file.writeFile(bytes);
        await file.close();
        return path;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
    }
  }
}
