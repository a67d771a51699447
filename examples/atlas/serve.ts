import { serve } from "slipway/node";
import { howToConnect } from "./connect.ts";
import { createAtlas } from "./server.ts";

try {
  const port = portOf(process.env["PORT"] ?? "3000");
  const running = await serve(createAtlas(), { port });
  console.log(howToConnect(running.url));
  const seconds = (performance.now() / 1000).toFixed(1);
  console.log(`\nThe atlas is ready after ${seconds} s. Ctrl+C ends it.`);
  // A second signal ends the process at once.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void running.close());
} catch (error) {
  console.error(`The atlas cannot start. ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}

function portOf(text: string): number {
  const port = Number(text);
  if (text !== "" && Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new Error(`PORT must be a number from 0 to 65535, got "${text}".`);
}
