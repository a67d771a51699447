import type { Command } from "./command.ts";

export interface Entry {
  /** One line, for the list of all commands. */
  readonly summary: string;
  /** Loads the command, so that none of them loads what only another needs. */
  load(): Promise<Command>;
}

/** Every command, in the order in which help lists them. */
export const COMMANDS: ReadonlyMap<string, Entry> = new Map<string, Entry>([
  [
    "new",
    {
      summary: "Make a small project that runs at once",
      load: async () => (await import("./new/index.ts")).default as Command,
    },
  ],
  [
    "dev",
    {
      summary: "Serve a server file over HTTP, and load it anew when it changes",
      load: async () => (await import("./dev/index.ts")).default as Command,
    },
  ],
  [
    "serve",
    {
      summary: "Serve a server file over HTTP, in production",
      load: async () => (await import("./serve/index.ts")).default as Command,
    },
  ],
  [
    "stdio",
    {
      summary: "Serve a server file over standard input and output",
      load: async () => (await import("./stdio/index.ts")).default as Command,
    },
  ],
  [
    "call",
    {
      summary: "Call a tool of a server, at an address or in a program",
      load: async () => (await import("./call/index.ts")).default as Command,
    },
  ],
  [
    "doctor",
    {
      summary: "Look at a deployment as its clients see it, and say what to mend",
      load: async () => (await import("./doctor/index.ts")).default as Command,
    },
  ],
  [
    "inspect",
    {
      summary: "List what a server has, and which revisions it speaks",
      load: async () => (await import("./inspect/index.ts")).default as Command,
    },
  ],
]);
