import { z } from "zod";

export const identity = { name: "bench", version: "1.0.0" };

/** The tool of most workloads: arguments and result are validated. */
export const add = {
  name: "add",
  description: "Adds two numbers.",
  input: z.object({ a: z.number(), b: z.number() }),
  output: z.object({ sum: z.number() }),
};

/** Reports progress a hundred times. */
export const count = {
  name: "count",
  description: "Counts to a hundred.",
  input: z.object({}),
  steps: 100,
};

/** Asks the user before it answers. */
export const confirm = {
  name: "confirm",
  description: "Asks the user whether they are sure.",
  input: z.object({ item: z.string() }),
  answer: z.object({ sure: z.boolean() }),
  /** The same, for libraries that take no other schema here. */
  answerJson: {
    type: "object" as const,
    properties: { sure: { type: "boolean" as const } },
    required: ["sure"],
  },
  question: (item: string) => `Delete ${item}?`,
  verdict: (item: string, sure: boolean) => (sure ? `Deleted ${item}.` : `Kept ${item}.`),
};

/** Says that a resource has changed, and answers with the moment when it began to. */
export const say = { name: "say", uri: "bench://said" };

/** What a tool says to the model: one block of text. */
export function text(value: string): { content: { type: "text"; text: string }[] } {
  return { content: [{ type: "text", text: value }] };
}

/** A structured result with the same as text, for clients that read only that. */
export function structured<T extends object>(value: T) {
  return { ...text(JSON.stringify(value)), structuredContent: value };
}

/** How many tools the listing workload registers. */
const toolCount = Number(process.env["TOOLS"] ?? 1);

/** Tools with 25 fields each, of the kinds that real tools have. */
export function wideTools(): { name: string; description: string; input: z.ZodObject }[] {
  return Array.from({ length: toolCount }, (_, index) => ({
    name: `tool-${index}`,
    description: `Does the work number ${index}, and tells how it went.`,
    input: z.object(Object.fromEntries(Array.from({ length: 25 }, (_, field) => wideField(field)))),
  }));
}

function wideField(index: number): [string, z.ZodType] {
  const about = `What field ${index} is for.`;
  const kinds = [
    z.string().max(200),
    z.number().min(0),
    z.boolean(),
    z.enum(["low", "middle", "high"]),
    z.array(z.string()).optional(),
  ];
  return [`field${index}`, (kinds[index % kinds.length] as z.ZodType).describe(about)];
}
