import type { Versioned } from "../../ports/index.ts";
import { asText } from "./reply.ts";

/** `<version>:<JSON>`, as values with versions are kept. */
export function asVersioned(reply: unknown): Versioned | undefined {
  const text = asText(reply);
  if (text === undefined) return undefined;
  const colon = text.indexOf(":");
  return { value: JSON.parse(text.slice(colon + 1)), version: Number(text.slice(0, colon)) };
}
