// What scripts return, as both libraries give it: lists, texts, numbers, and null for nothing.

export function asList(reply: unknown): readonly unknown[] {
  return Array.isArray(reply) ? reply : [];
}

export function asText(reply: unknown): string | undefined {
  return reply === null || reply === undefined || reply === false ? undefined : String(reply);
}

export function asTexts(reply: unknown): string[] {
  return asList(reply).map(String);
}

/** A list of names and values by turns. */
export function asFields(reply: unknown): Map<string, string> {
  const list = asList(reply);
  const fields = new Map<string, string>();
  for (let index = 0; index < list.length; index += 2)
    fields.set(String(list[index]), String(list[index + 1]));
  return fields;
}

export function asJson(reply: unknown): unknown {
  const text = asText(reply);
  return text === undefined ? undefined : JSON.parse(text);
}
