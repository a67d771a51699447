/** The longest data of a log message, in characters of JSON. */
const MAX_LENGTH = 65_536;

/** So much more is looked at, as what is cut in two is not recognised: no header is longer. */
const OVERLAP = 16_384;

/**
 * What a log message carries of its data: what JSON can hold of it, errors without their stacks, and of what is
 * too long the beginning. Never throws.
 * @param clean leaves out what may not be sent
 * @see https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/logging#security
 */
export function logData(data: unknown, clean = (value: unknown) => value): unknown {
  try {
    if (typeof data === "string") {
      return shortened(clean(data.slice(0, MAX_LENGTH + OVERLAP)) as string, data.length);
    }
    const json = JSON.stringify(data, plain);
    if (json === undefined) return null;
    const value = clean(JSON.parse(json));
    return json.length <= MAX_LENGTH ? value : shortened(JSON.stringify(value), json.length);
  } catch {
    return "[data that JSON cannot hold]";
  }
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Error) return { name: value.name, message: value.message };
  return value;
}

/** @param length how long it was */
function shortened(text: string, length: number): string {
  return length <= MAX_LENGTH ? text : `${text.slice(0, MAX_LENGTH)}… (of ${length} characters)`;
}
