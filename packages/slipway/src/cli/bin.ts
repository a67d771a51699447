#!/usr/bin/env node
import type { Writable } from "node:stream";
import { openIo } from "./io.ts";
import { main } from "./main.ts";

const { stdin, stdout, stderr, env } = process;
// Whoever reads may have read enough, as `| head` has.
stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
// What nobody wants to read is lost, and no more.
stderr.on("error", () => {});

// What a command waits for may keep no process alive, such as a store's connection; it ends by the line below, not before.
setInterval(() => {}, 2 ** 30);
const code = await main(process.argv.slice(2), openIo({ stdin, stdout, stderr, env, cwd: process.cwd() }));
await Promise.all([written(stdout), written(stderr)]);
// What a server file has opened and left open keeps no command from its end.
process.exit(code);

function written(stream: Writable): Promise<void> {
  return new Promise((resolve) => stream.write("", () => resolve()));
}
