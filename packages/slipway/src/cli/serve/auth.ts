import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { ApiKey } from "../../auth/index.ts";
import type { Authentication } from "../../ports/index.ts";
import { Failure, UsageError } from "../command.ts";
import type { AUTH_SETTINGS, Resolved } from "../settings/index.ts";

type AuthValues = Resolved<typeof AUTH_SETTINGS>;

/**
 * Makes what finds out who calls.
 * @throws UsageError when a setting that it needs is missing, or one is there that it does not use
 * @throws Failure when the keys cannot be read
 */
export async function authOf(values: AuthValues, cwd: string): Promise<Authentication | undefined> {
  const { auth } = values;
  if (typeof auth === "object") return auth;
  checkUsed(auth, values);
  if (auth === "none") return;
  const { apiKeys, introspection, jwt } = await import("../../auth/index.ts");
  const { authIssuer = [], authAudience = [], authScopes } = values;
  const scopes = authScopes && { requiredScopes: authScopes };
  try {
    switch (auth) {
      case "jwt":
        return jwt({
          issuer: authIssuer,
          audience: authAudience,
          ...(values.authJwks !== undefined && { jwks: values.authJwks }),
          ...scopes,
        });
      case "introspection":
        return introspection({
          issuer: authIssuer[0] ?? "",
          audience: authAudience,
          clientId: values.authClientId ?? "",
          clientSecret: values.authClientSecret ?? "",
          ...scopes,
        });
      case "keys":
        return apiKeys({ keys: readKeys(resolve(cwd, values.authKeys ?? "")), ...scopes });
    }
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message);
    throw error;
  }
}

const FLAGS = {
  authIssuer: "--auth-issuer",
  authAudience: "--auth-audience",
  authJwks: "--auth-jwks",
  authClientId: "--auth-client-id",
  authClientSecret: "SLIPWAY_AUTH_CLIENT_SECRET in the environment",
  authKeys: "--auth-keys",
  authScopes: "--auth-scopes",
} as const;

type Detail = keyof typeof FLAGS;

const NEEDED: { readonly [kind in "none" | "jwt" | "introspection" | "keys"]: readonly Detail[] } = {
  none: [],
  jwt: ["authIssuer", "authAudience"],
  introspection: ["authIssuer", "authAudience", "authClientId", "authClientSecret"],
  keys: ["authKeys"],
};

const TAKEN: { readonly [kind in keyof typeof NEEDED]: readonly Detail[] } = {
  none: [],
  jwt: ["authJwks", "authScopes"],
  introspection: ["authScopes"],
  keys: ["authScopes"],
};

function checkUsed(auth: keyof typeof NEEDED, values: AuthValues): void {
  const missing = NEEDED[auth].filter((name) => values[name] === undefined || values[name]?.length === 0);
  if (missing.length > 0)
    throw new UsageError(`--auth ${auth} needs ${missing.map((name) => FLAGS[name]).join(", ")}.`);
  // Whoever names an issuer wants callers to be known; leaving it unused would let everybody in.
  const stray = (Object.keys(FLAGS) as Detail[]).find(
    (name) => values[name] !== undefined && !NEEDED[auth].includes(name) && !TAKEN[auth].includes(name),
  );
  if (stray !== undefined)
    throw new UsageError(`--auth ${auth} makes no use of ${FLAGS[stray]}. Expected another --auth.`);
}

function readKeys(path: string): ApiKey[] {
  let read: unknown;
  try {
    read = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new Failure(`The API keys could not be read: ${(error as Error).message}`);
  }
  if (!Array.isArray(read) || !read.every(isKey)) {
    throw new Failure(
      `${path}: expected a JSON list of { "hash", "subject" } with, as you like, "tenant", "scopes" and "expiresAt". ` +
        "hashApiKey() of slipway/auth makes a hash.",
    );
  }
  return read.map(({ expiresAt, ...key }) => ({
    ...key,
    ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt) }),
  }));
}

type WrittenKey = Omit<ApiKey, "expiresAt"> & { expiresAt?: string };

function isKey(value: unknown): value is WrittenKey {
  const {
    hash,
    subject,
    scopes = [],
    expiresAt = "Jan 1 2000",
  } = (value ?? {}) as { [name: string]: unknown };
  if (typeof hash !== "string" || typeof subject !== "string") return false;
  if (!Array.isArray(scopes) || !scopes.every((scope) => typeof scope === "string")) return false;
  return typeof expiresAt === "string" && !Number.isNaN(Date.parse(expiresAt));
}
