import { type Call, sha256, toBase64Url } from "../server/index.ts";

/** What a call is about, as far as the server knows it: names that it does not know are nowhere repeated. */
export interface Subject {
  readonly tool?: string;
  readonly prompt?: string;
  /** Without what may stand in a URI and is secret: user and password, query, fragment. */
  readonly resource?: string;
}

/** What stands for a method that the call's revision does not have: names of clients' making have no bound. */
const OTHER = "_OTHER";

export function methodOf({ revision, method }: Call): string {
  return revision.requests.has(method) ? method : OTHER;
}

const NOTHING: Subject = {};

export function subjectOf({ method, params, feature }: Call): Subject {
  if (feature === undefined) return NOTHING;
  switch (method) {
    case "tools/call":
      return { tool: feature };
    case "prompts/get":
      return { prompt: feature };
    case "completion/complete":
      return (params?.["ref"] as { type?: unknown } | undefined)?.type === "ref/prompt"
        ? { prompt: feature }
        : { resource: publicUri(feature) };
    case "resources/read":
    case "resources/subscribe":
      return { resource: publicUri(String(params?.["uri"])) };
    default:
      return NOTHING;
  }
}

const MAX_URI_LENGTH = 512;

function publicUri(uri: string): string {
  const plain = uri.replace(/[?#][\s\S]*$/, "").replace(/^([\w.+-]+:\/\/)[^/]*@/, "$1");
  return plain.length <= MAX_URI_LENGTH ? plain : `${plain.slice(0, MAX_URI_LENGTH)}…`;
}

/** Sessions whose digests are kept. */
const MAX_KNOWN = 10_000;

const known = new Map<string, string>();

/**
 * Stands for a session's id, the same on every machine: who has the id itself may act in the session, and who reads
 * logs should not.
 */
export function sessionDigest(id: string): string {
  const found = known.get(id);
  if (found !== undefined) return found;
  if (known.size >= MAX_KNOWN) known.clear();
  const digest = toBase64Url(sha256(id).subarray(0, 12));
  known.set(id, digest);
  return digest;
}

/** `undefined` where a call goes on without the request that began it. */
export function transportOf({ request, session, outlet }: Call): "tcp" | "pipe" | undefined {
  if (request !== undefined) return "tcp";
  return outlet.task !== undefined || session?.id !== undefined ? undefined : "pipe";
}
