export type Id = string | number;

/** What a text asks for, as far as it can be read. */
export interface Asked {
  /** Whether it is JSON at all. */
  readonly json: boolean;
  readonly batch: boolean;
  /** Messages that want an answer. */
  readonly requests: readonly { readonly id: Id; readonly method: string }[];
  /** Ids of what is no proper message: answered with an error, by the id or without one. */
  readonly malformed: readonly (Id | undefined)[];
}

const NOT_JSON: Asked = { json: false, batch: false, requests: [], malformed: [] };

/** Reads a text as the specification of JSON-RPC says, by nothing of the runtime's. */
export function asked(text: string): Asked {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return NOT_JSON;
  }
  const batch = Array.isArray(value);
  const requests: { id: Id; method: string }[] = [];
  const malformed: (Id | undefined)[] = [];
  for (const each of batch ? (value as unknown[]) : [value]) {
    const kind = kindOf(each);
    if (kind === "other") continue;
    const { id, method } = (each ?? {}) as { id?: unknown; method: string };
    if (kind === "request") requests.push({ id: id as Id, method });
    else malformed.push(isId(id) ? id : undefined);
  }
  return { json: true, batch, requests, malformed };
}

function kindOf(value: unknown): "request" | "malformed" | "other" {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "malformed";
  const { jsonrpc, id, method, params, result, error } = value as { [name: string]: unknown };
  if (jsonrpc !== "2.0") return "malformed";
  if (method === undefined) {
    if (result !== undefined) return error === undefined && isId(id) ? "other" : "malformed";
    return isError(error) && (id === undefined || isId(id)) ? "other" : "malformed";
  }
  if (typeof method !== "string") return "malformed";
  const fits =
    params === undefined || (typeof params === "object" && params !== null && !Array.isArray(params));
  if (id === undefined) return "other";
  return isId(id) && fits ? "request" : "malformed";
}

function isError(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { code, message } = value as { code?: unknown; message?: unknown };
  return Number.isInteger(code) && typeof message === "string";
}

/** An integer beyond these does not come back as it was sent. */
function isId(value: unknown): value is Id {
  return typeof value === "string" || (typeof value === "number" && Number.isSafeInteger(value));
}
