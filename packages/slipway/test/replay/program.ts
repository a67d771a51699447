import fc from "fast-check";
import { type Context, type FormAnswer, RpcError, ToolError } from "slipway";
import * as z from "zod";

/** A handler as data. `id` is its place in the program, unique. */
type Node = { readonly id: number } & Deed<Program>;
export type Program = readonly Node[];

/** A node whose number is not given yet. */
type Draft = Deed<readonly Draft[]>;

type Deed<P> =
  /** A side effect. Names are few, so that they are used again, one after the other and side by side. */
  | {
      readonly do: "step";
      readonly name: string;
      readonly gives: Gift;
      readonly fails: Failing;
      readonly takes: Pause;
    }
  /** A question. `text` is shared by several nodes, or the node's own where it is left out. */
  | {
      readonly do: "ask";
      readonly what: "form" | "url" | "sample";
      readonly text: string | undefined;
      readonly key: string | undefined;
    }
  | { readonly do: "roots" }
  /** Questions asked together and waited for one after the other. */
  | { readonly do: "asks"; readonly texts: readonly string[] }
  /** Goes one way or the other by the latest answer or result. */
  | { readonly do: "branch"; readonly yes: P; readonly no: P }
  | { readonly do: "loop"; readonly times: number; readonly body: P }
  | { readonly do: "all"; readonly branches: readonly P[] }
  | { readonly do: "settled"; readonly branches: readonly P[] }
  /** `polite` lets the signal of a suspended call pass. */
  | { readonly do: "try"; readonly polite: boolean; readonly body: P; readonly caught: P }
  | { readonly do: "finally"; readonly body: P; readonly last: P }
  | { readonly do: "throw"; readonly kind: Exclude<Failing, "no"> }
  /** Waits for something that is no step. */
  | { readonly do: "wait"; readonly for: Pause }
  | { readonly do: "progress" }
  | { readonly do: "log" };

type Gift = "object" | "list" | "text" | "nothing" | "null";
type Failing = "no" | "error" | "tool" | "rpc";
type Pause = "not" | "microtasks" | "immediate" | "timer";

/** What the handler of a program can do; a reference implementation has no more. */
export type Doing = Pick<Context, "elicit" | "sample" | "listRoots" | "step" | "progress" | "log">;

const form = z.object({ n: z.int(), list: z.array(z.enum(["a", "b"])).optional() });

interface Run {
  readonly ctx: Doing;
  /** A step's side effect. */
  readonly effect: (what: string) => void;
  /** How often progress was reported. */
  progress: number;
}

/** Where a branch is: what it has seen, and which turns its loops are at. */
interface Place {
  readonly run: Run;
  readonly seen: unknown[];
  readonly turn: string;
}

/** Runs a program. What it returns shows everything that it was given. */
export async function interpret(program: Program, ctx: Doing, effect: Run["effect"]): Promise<string> {
  const place: Place = { run: { ctx, effect, progress: 0 }, seen: [], turn: "" };
  await all(program, place);
  return JSON.stringify(place.seen);
}

async function all(program: Program, place: Place): Promise<void> {
  for (const node of program) await one(node, place);
}

async function one(node: Node, place: Place): Promise<void> {
  const { seen, turn, run } = place;
  const here = `${node.id}${turn}`;
  switch (node.do) {
    case "step": {
      const value = await run.ctx.step(node.name, () => work(node, here, run));
      return see(seen, value);
    }
    case "ask":
      return see(seen, await ask(node, run.ctx));
    case "roots":
      return see(seen, await run.ctx.listRoots());
    case "asks": {
      const asked = node.texts.map((text) => run.ctx.elicit({ message: text, schema: form }));
      for (const answer of asked) see(seen, await answer);
      return;
    }
    case "branch":
      return all(JSON.stringify(seen.at(-1) ?? "").length % 2 === 0 ? node.yes : node.no, place);
    case "loop":
      for (let i = 0; i < node.times; i++) await all(node.body, { ...place, turn: `${turn}.${i}` });
      return;
    case "all": {
      const branches = node.branches.map(async (branch) => {
        const own = { ...place, seen: [] as unknown[] };
        // The first failure would be another in each era.
        await all(branch, own).catch((error) => own.seen.push(wordsOf(error)));
        return own.seen;
      });
      return void seen.push(await Promise.all(branches));
    }
    case "settled": {
      const own = node.branches.map(() => [] as unknown[]);
      const branches = node.branches.map((branch, i) => all(branch, { ...place, seen: own[i] as unknown[] }));
      const settled = await Promise.allSettled(branches);
      seen.push(own);
      for (const branch of settled) if (branch.status === "rejected") throw branch.reason;
      return;
    }
    case "try":
      try {
        return await all(node.body, place);
      } catch (error) {
        if (node.polite && error instanceof Error && error.name === "SuspendSignal") throw error;
        seen.push(wordsOf(error));
        return await all(node.caught, place);
      }
    case "finally":
      try {
        return await all(node.body, place);
      } finally {
        await all(node.last, place);
      }
    case "throw":
      throw failure(node.kind, here);
    case "wait":
      return pause(node.for);
    case "progress":
      return run.ctx.progress({ progress: ++run.progress });
    case "log":
      return run.ctx.log("info", here);
  }
}

/** Keeps what came, and then changes it, which must not reach the journal. */
function see(seen: unknown[], value: unknown): void {
  seen.push(value === undefined ? "nothing" : structuredClone(value));
  if (Array.isArray(value)) value.push("changed");
  else if (typeof value === "object" && value !== null) Object.assign(value, { changed: true });
}

async function work(node: Extract<Node, { do: "step" }>, here: string, run: Run): Promise<unknown> {
  if (node.takes !== "not") await pause(node.takes);
  run.effect(`${node.name} ${here}`);
  if (node.fails !== "no") throw failure(node.fails, here);
  switch (node.gives) {
    case "object":
      return { here, left: undefined };
    case "list":
      return [here];
    case "text":
      return here;
    case "null":
      return null;
    case "nothing":
      return undefined;
  }
}

function ask(node: Extract<Node, { do: "ask" }>, ctx: Doing): Promise<unknown> {
  const message = node.text ?? `own ${node.id}`;
  const key = node.key === undefined ? {} : { key: node.key };
  switch (node.what) {
    case "form":
      return ctx.elicit({ message, schema: form, ...key }) as Promise<FormAnswer<unknown>>;
    case "url":
      return ctx.elicit({ message, url: "https://example.com/", ...key });
    case "sample":
      return ctx.sample({
        messages: [{ role: "user", content: { type: "text", text: message } }],
        maxTokens: 10,
        ...key,
      });
  }
}

function failure(kind: Failing, here: string): Error {
  if (kind === "tool") return new ToolError(`tool ${here}`);
  if (kind === "rpc") return new RpcError(7000, `rpc ${here}`, { here });
  return new TypeError(`error ${here}`);
}

function wordsOf(error: unknown): string {
  if (error instanceof RpcError && error.code === -32602) return "invalid";
  if (error instanceof RpcError) return `${error.code} ${error.message} ${JSON.stringify(error.data)}`;
  return String(error);
}

async function pause(how: Pause): Promise<void> {
  if (how === "microtasks") for (let i = 0; i < 7; i++) await undefined;
  else if (how === "immediate") await new Promise((resolve) => setImmediate(resolve));
  else if (how === "timer") await new Promise((resolve) => setTimeout(resolve, 1));
}

/** Mostly none, so that programs go on. */
const failings = fc.oneof(
  { weight: 9, arbitrary: fc.constant<Failing>("no") },
  { weight: 1, arbitrary: fc.constantFrom<Failing>("error", "tool", "rpc") },
);
const pauses = fc.constantFrom<Pause>("not", "microtasks", "immediate", "timer");

/** Programs whose nodes have no numbers yet. */
function drafts(timers: boolean): fc.Arbitrary<readonly Draft[]> {
  const { main } = fc.letrec<{ main: readonly Draft[]; program: readonly Draft[]; deed: Draft }>((tie) => ({
    main: fc.array(tie("deed"), { minLength: 1, maxLength: 8, size: "max" }),
    program: fc.array(tie("deed"), { maxLength: 4, size: "max" }),
    deed: fc.oneof(
      { maxDepth: 3, depthIdentifier: "program", withCrossShrink: true },
      {
        weight: 5,
        arbitrary: fc.record({
          do: fc.constant("step" as const),
          name: fc.constantFrom("load", "save", "send 1"),
          gives: fc.constantFrom<Gift>("object", "list", "text", "nothing", "null"),
          fails: failings,
          takes: pauses,
        }),
      },
      {
        weight: 6,
        arbitrary: fc.record({
          do: fc.constant("ask" as const),
          what: fc.constantFrom("form" as const, "form" as const, "url" as const, "sample" as const),
          text: fc.constantFrom(undefined, undefined, "Sure?", "Really?"),
          key: fc.constantFrom(undefined, undefined, "sure", "elicitation_2", "__proto__"),
        }),
      },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("roots" as const) }) },
      {
        weight: 1,
        arbitrary: fc.record({
          do: fc.constant("asks" as const),
          texts: fc.array(fc.constantFrom("Sure?", "Really?", "Yes?"), { minLength: 1, maxLength: 3 }),
        }),
      },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("progress" as const) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("log" as const) }) },
      {
        weight: 1,
        arbitrary: fc.record({
          do: fc.constant("wait" as const),
          for: timers ? pauses : fc.constant<Pause>("microtasks"),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          do: fc.constant("throw" as const),
          kind: fc.constantFrom("error" as const, "tool" as const, "rpc" as const),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({ do: fc.constant("branch" as const), yes: tie("program"), no: tie("program") }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          do: fc.constant("loop" as const),
          times: fc.integer({ min: 1, max: 3 }),
          body: tie("program"),
        }),
      },
      {
        weight: 4,
        arbitrary: fc.record({
          do: fc.constantFrom("all" as const, "all" as const, "settled" as const),
          branches: fc.array(tie("program"), { minLength: 2, maxLength: 4 }),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          do: fc.constant("try" as const),
          polite: fc.boolean(),
          body: tie("program"),
          caught: tie("program"),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          do: fc.constant("finally" as const),
          body: tie("program"),
          last: tie("program"),
        }),
      },
    ) as fc.Arbitrary<Draft>,
  }));
  return main;
}

/**
 * @param timers whether branches wait for more than steps and questions. The order in which such branches come
 *   to things is not the same on every run, so that each place has names of its own then.
 */
export function programs(timers: boolean): fc.Arbitrary<Program> {
  return drafts(timers).map((program) => numbered(program, { next: 0 }, timers));
}

function numbered(program: readonly Draft[], count: { next: number }, own: boolean): Program {
  return program.map((deed) => {
    const id = count.next++;
    const inner = (nested: readonly Draft[]) => numbered(nested, count, own);
    switch (deed.do) {
      case "step":
        return { id, ...deed, name: own ? `${deed.name} ${id}` : deed.name };
      case "ask":
        return { id, ...deed, text: own ? undefined : deed.text };
      case "asks":
        return { id, ...deed, texts: own ? deed.texts.map((text, i) => `${text} ${id} ${i}`) : deed.texts };
      case "branch":
        return { id, ...deed, yes: inner(deed.yes), no: inner(deed.no) };
      case "loop":
        return { id, ...deed, body: inner(deed.body) };
      case "all":
      case "settled":
        return { id, ...deed, branches: deed.branches.map(inner) };
      case "try":
        return { id, ...deed, body: inner(deed.body), caught: inner(deed.caught) };
      case "finally":
        return { id, ...deed, body: inner(deed.body), last: inner(deed.last) };
      default:
        return { id, ...deed };
    }
  });
}
