/** One atomic operation, as Redis runs it. */
export interface Script {
  readonly name: string;
  readonly text: string;
  /** The digest by which Redis knows a script that it has run once. */
  sha: Promise<string> | string | undefined;
}

export function script(name: string, text: string): Script {
  return { name, text: text.trim(), sha: undefined };
}

export function shaOf(script: Script): Promise<string> | string {
  script.sha ??= digest(script);
  return script.sha;
}

async function digest(script: Script): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-1", new TextEncoder().encode(script.text));
  const sha = [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  script.sha = sha;
  return sha;
}
