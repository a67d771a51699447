import { Unavailable } from "./refused.ts";

type FetchLike = (url: string, init: RequestInit) => Promise<Response>;

export interface FetchSettings {
  /** How long an answer may take, in milliseconds. Default: 5,000. */
  readonly timeoutMs?: number | undefined;
  /** Makes requests to authorization servers, such as through a proxy. Default: the runtime's `fetch`. */
  readonly fetch?: FetchLike | undefined;
}

/** The longest answer of an authorization server, in bytes. */
const MAX_BYTES = 1024 * 1024;

/**
 * Asks an authorization server for JSON. It is not followed anywhere else, and may neither take long nor answer much.
 * @returns the object, or `undefined` where there is no such document (any 4xx)
 * @throws Unavailable when there is no answer, or one that cannot be read
 */
export async function fetchJson(
  url: string,
  init: RequestInit,
  { timeoutMs = 5_000, fetch = globalThis.fetch }: FetchSettings,
): Promise<{ readonly [member: string]: unknown } | undefined> {
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const headers = { accept: "application/json", ...init.headers };
    const response = await fetch(url, { ...init, headers, redirect: "manual", signal });
    if (!response.ok) {
      await response.body?.cancel();
      if (response.status >= 400 && response.status < 500) return undefined;
      throw new Error(`status ${response.status}`);
    }
    const value: unknown = JSON.parse(await textOf(response));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
    throw new Error("the answer is no JSON object");
  } catch (cause) {
    throw new Unavailable(`${url} did not answer as it should.`, { cause });
  }
}

async function textOf(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  const reader = response.body?.getReader();
  let text = "";
  let length = 0;
  for (;;) {
    const { done = true, value } = (await reader?.read()) ?? {};
    if (done) return text + decoder.decode();
    length += value?.byteLength ?? 0;
    if (length > MAX_BYTES) {
      await reader?.cancel();
      throw new Error(`the answer is longer than ${MAX_BYTES} bytes`);
    }
    text += decoder.decode(value, { stream: true });
  }
}
