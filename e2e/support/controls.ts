import type { McpServer } from "slipway";
import { z } from "zod";

const key = z.string();

interface Held {
  release(): void;
  readonly released: Promise<void>;
  end(how: string): void;
  readonly ended: Promise<string>;
}

/** Adds tools by which a test decides when a call goes on, and when the server changes. */
export function addControls(server: McpServer): void {
  const calls = new Map<string, Held>();
  const held = (key: string): Held => {
    const known = calls.get(key);
    if (known !== undefined) return known;
    const [released, release] = signal<void>();
    const [ended, end] = signal<string>();
    const call = { release, released, end, ended };
    calls.set(key, call);
    return call;
  };

  server.tool("hold", {
    description:
      "Reports progress, waits for `release`, asks the user if told to, and reports progress again.",
    inputSchema: z.object({ key, ask: z.boolean().default(false) }),
    async handler({ key, ask }, ctx) {
      const { released, end } = held(key);
      await ctx.progress({ progress: 1, total: 2 });
      const aborted = new Promise<never>((_, reject) => {
        ctx.signal.addEventListener("abort", () => reject(ctx.signal.reason), { once: true });
      });
      try {
        await Promise.race([released, aborted]);
        const answer = ask
          ? await ctx.elicit({ message: "Go on?", schema: z.object({ sure: z.boolean() }) })
          : undefined;
        await ctx.progress({ progress: 2, total: 2 });
        end("finished");
        return answer === undefined ? "released" : `released: ${answer.action}`;
      } catch (error) {
        end("stopped");
        throw error;
      }
    },
  });

  server.tool("release", {
    description: "Lets a held call go on.",
    inputSchema: z.object({ key }),
    handler({ key }) {
      held(key).release();
      return "released";
    },
  });

  server.tool("outcome", {
    description: "Waits until a held call has ended and says how: finished or stopped.",
    inputSchema: z.object({ key }),
    handler: ({ key }) => held(key).ended,
  });

  server.tool("climb", {
    description: "Reports progress step by step, and waits for `release` of `<key>-<step>` after each.",
    inputSchema: z.object({ key, steps: z.int() }),
    async handler({ key, steps }, ctx) {
      for (let step = 1; step <= steps; step++) {
        await ctx.progress({ progress: step, total: steps, message: `${step} of ${steps}` });
        await held(`${key}-${step}`).released;
      }
      return "at the top";
    },
  });

  server.tool("client", {
    description: "Says who calls, as the server sees it.",
    handler: (_args, { client, session }) => ({
      name: client.info?.name,
      revision: client.protocolVersion,
      session: session?.id,
    }),
  });

  server.tool("touch", {
    description: "Tells that a resource has changed.",
    inputSchema: z.object({ uri: z.string() }),
    handler({ uri }, ctx) {
      ctx.notify("notifications/resources/updated", { uri });
      return "told";
    },
  });

  server.tool("toggle", {
    description: "Takes a tool off the list, or puts it back.",
    inputSchema: z.object({ tool: z.string(), enabled: z.boolean() }),
    handler({ tool, enabled }) {
      if (enabled) server.tools.enable(tool);
      else server.tools.disable(tool);
      return "done";
    },
  });
}

function signal<T>(): [promise: Promise<T>, fire: (value: T) => void] {
  let fire: (value: T) => void = () => {};
  const promise = new Promise<T>((resolve) => {
    fire = resolve;
  });
  return [promise, fire];
}
