import { fstatSync, statSync } from "node:fs";

/**
 * Whether what is written there goes into a regular file, which is one that is there, or is to be made: to a pipe, a socket, a
 * terminal or a device it may take any time.
 * @param destination a path, or a file descriptor
 */
export function isRegularFile(destination: string | number): boolean {
  try {
    const stats =
      typeof destination === "number"
        ? fstatSync(destination)
        : statSync(destination, { throwIfNoEntry: false });
    return stats?.isFile() ?? true;
  } catch {
    return false;
  }
}
