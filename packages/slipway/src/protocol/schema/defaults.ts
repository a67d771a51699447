import { isObject } from "../jsonrpc.ts";
import type { JsonSchema } from "./json-schema.ts";
import { setOwn } from "./set-own.ts";

/** The answer to a form with the defaults of its `requestedSchema` for what is missing; neither is changed. */
export function applyDefaults(
  requestedSchema: JsonSchema,
  content: { readonly [name: string]: unknown },
): Record<string, unknown> {
  const filled = { ...content };
  const { properties } = requestedSchema;
  if (!isObject(properties)) return filled;
  for (const [name, property] of Object.entries(properties)) {
    const value = isObject(property) ? property["default"] : undefined;
    if (value !== undefined && !Object.hasOwn(content, name)) setOwn(filled, name, structuredClone(value));
  }
  return filled;
}
