import { readFileSync } from "node:fs";

/** What each entry of the page says, in this order. */
export const PARTS = ["Seen", "Metric", "Log", "By hand", "Why", "Remedy", "Helped"] as const;
type PartName = (typeof PARTS)[number];

/** A command to try by hand, and what it should print, in which `…` stands for anything. */
interface Trial {
  readonly command: string;
  readonly prints: readonly string[];
}

/** An entry of docs/symptoms.md, as far as a test can hold it to the truth. */
export interface Entry {
  readonly heading: string;
  readonly parts: ReadonlyMap<string, string>;
  /** What clients say, word for word; `…` stands for anything. */
  readonly seen: readonly string[];
  /** PromQL: conditions that hold while the symptom lasts, or values that are higher then. */
  readonly metrics: readonly string[];
  /** Metrics that are named besides. */
  readonly named: readonly string[];
  /** What the log says. */
  readonly logs: readonly string[];
  readonly trials: readonly Trial[];
}

const file = new URL("../../docs/symptoms.md", import.meta.url);
export const text = readFileSync(file, "utf8");

const METRIC = /\b(slipway|mcp_server|nodejs|process)_/;
const NAME = /^\w+$/;

/** What a shell is told before the commands of the page. */
export const preamble = /```sh\n(.*?)```/s.exec(text)?.[1] ?? "";

export const entries: ReadonlyMap<string, Entry> = new Map(
  text
    .split(/^### /m)
    .slice(1)
    .map((section) => entryOf(section))
    .filter(({ parts }) => parts.size > 0)
    .map((entry) => [entry.heading, entry]),
);

function entryOf(section: string): Entry {
  const [heading = ""] = section.split("\n", 1);
  const parts = new Map<string, string>();
  for (const [, name = "", said = ""] of section.matchAll(/^- \*\*([^*]+)\*\*: (.*(?:\n {2}.*)*)/gm)) {
    parts.set(name, said.replaceAll(/\n {2}/g, " "));
  }
  const spans = (name: PartName) => codeSpans(parts.get(name) ?? "");
  return {
    heading,
    parts,
    seen: spans("Seen").filter(isMessage),
    metrics: spans("Metric").filter((span) => METRIC.test(span) && !NAME.test(span)),
    named: spans("Metric").filter((span) => METRIC.test(span) && NAME.test(span)),
    logs: spans("Log").filter(isMessage),
    trials: trialsOf(parts.get("By hand") ?? ""),
  };
}

/** Code, between one backtick or two. */
function codeSpans(markdown: string): string[] {
  return [...markdown.matchAll(/(`+)(.+?)\1(?!`)/g)].map(([, , code = ""]) => code.trim());
}

/** Options and names are single words; fields of the log begin with their name in quotes. */
function isMessage(span: string): boolean {
  return /[ …]|^"/.test(span);
}

function trialsOf(said: string): Trial[] {
  const found = said.matchAll(
    /`((?:[A-Z]+=\S+ )?(?:mcp|curl|slipway) [^`]+)` prints (`[^`]+`(?: and `[^`]+`)*)/g,
  );
  return [...found].map(([, command = "", prints = ""]) => ({ command, prints: codeSpans(prints) }));
}

/** Whether a text has what the page says, of which `…` is any part of a line. Quotes may be those of a message in JSON. */
export function says(text: string, said: string): boolean {
  const pattern = said
    .split("…")
    .map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&"))
    .join(".*?");
  return new RegExp(pattern).test(text.replaceAll('\\"', '"'));
}
