import { fileURLToPath } from "node:url";

/** The folder of the benchmarks, without a slash at the end. */
export const benchFolder = fileURLToPath(new URL("..", import.meta.url)).replace(/[\\/]$/, "");

/** The repository's root folder. */
export const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/[\\/]$/, "");
