/** The longest data of a log message, in characters of JSON. */
const MAX_LENGTH = 65_536;

/**
 * What a log message carries of its data: what JSON can hold of it, errors without their stacks, and of what is
 * too long the beginning. Never throws.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/logging#security
 */
export function logData(data: unknown): unknown {
  if (typeof data === "string") return shortened(data);
  try {
    const json = JSON.stringify(data, plain);
    if (json === undefined) return null;
    return json.length <= MAX_LENGTH ? JSON.parse(json) : shortened(json);
  } catch {
    return "[data that JSON cannot hold]";
  }
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Error) return { name: value.name, message: value.message };
  return value;
}

function shortened(text: string): string {
  return text.length <= MAX_LENGTH ? text : `${text.slice(0, MAX_LENGTH)}… (of ${text.length} characters)`;
}
