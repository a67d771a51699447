import type { Results } from "../engine/results.ts";
import { renderWorkload } from "./tables.ts";

const BEGIN = "<!-- results -->";
const END = "<!-- end of results -->";

/** The document with its tables made anew. */
export function replaceResults(document: string, results: Results): string {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END);
  if (begin === -1 || end < begin) throw new Error(`The document has no ${BEGIN} before an ${END}.`);
  const tables = results.workloads.map(renderWorkload).join("\n\n");
  return `${document.slice(0, begin + BEGIN.length)}\n\n${tables}\n\n${document.slice(end)}`;
}
