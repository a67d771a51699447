import { z } from "zod";

export const identity = { name: "foreign", version: "1.2.3" };

export const add = {
  name: "add",
  description: "Adds two numbers.",
  input: z.object({ a: z.number(), b: z.number() }),
  output: z.object({ sum: z.number() }),
};

export const count = { name: "count", description: "Counts to three.", input: z.object({}) };

export const confirm = {
  name: "confirm",
  description: "Asks the user whether they are sure.",
  input: z.object({ item: z.string() }),
  answer: z.object({ sure: z.boolean() }),
  answerJson: {
    type: "object" as const,
    properties: { sure: { type: "boolean" as const } },
    required: ["sure"],
  },
  question: (item: string) => `Delete ${item}?`,
  verdict: (item: string, sure: boolean) => (sure ? `Deleted ${item}.` : `Kept ${item}.`),
};

export const note = { name: "note", uri: "note://today", text: "It rains." };

export const prompt = { name: "weather", text: "How is the weather?" };

export const text = (value: string) => ({ content: [{ type: "text" as const, text: value }] });

export const sum = (a: number, b: number) => ({
  ...text(String(a + b)),
  structuredContent: { sum: a + b },
});

export const noteContents = { contents: [{ uri: note.uri, mimeType: "text/plain", text: note.text }] };

export const promptMessages = {
  messages: [{ role: "user" as const, content: { type: "text" as const, text: prompt.text } }],
};
