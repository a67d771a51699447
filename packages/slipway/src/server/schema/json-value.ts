export const TOO_DEEP = -1;
export const NOT_JSON = -2;

/**
 * How many values a JSON value consists of, or {@link TOO_DEEP}, or {@link NOT_JSON} when it holds what JSON
 * cannot, or what JSON writes differently: undefined, a function, a Date, NaN.
 */
export function measure(value: unknown, depth: number): number {
  switch (typeof value) {
    case "string":
    case "boolean":
      return 1;
    case "number":
      return Number.isFinite(value) ? 1 : NOT_JSON;
    case "object":
      if (value === null) return 1;
      if (depth === 0) return TOO_DEEP;
      return Array.isArray(value) ? measureArray(value, depth - 1) : measureObject(value, depth - 1);
    default:
      return NOT_JSON;
  }
}

function measureArray(array: unknown[], depth: number): number {
  let total = 1;
  for (const item of array) {
    const size = measure(item, depth);
    if (size < 0) return size;
    total += size;
  }
  return total;
}

function measureObject(object: object, depth: number): number {
  if (typeof (object as { toJSON?: unknown }).toJSON === "function") return NOT_JSON;
  let total = 1;
  for (const key of Object.keys(object)) {
    const size = measure((object as Record<string, unknown>)[key], depth);
    if (size < 0) return size;
    total += size;
  }
  return total;
}
