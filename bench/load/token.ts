import { generateKeyPairSync, sign } from "node:crypto";

const issuer = "https://login.example.com";
const audience = "https://mcp.example.com/mcp";
const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const header = { alg: "ES256", typ: "at+jwt", kid: "bench" };

/** What a server has to know to take {@link token}. */
export const tokenEnv = {
  TOKEN_ISSUER: issuer,
  TOKEN_AUDIENCE: audience,
  TOKEN_KEYS: JSON.stringify({
    keys: [{ ...publicKey.export({ format: "jwk" }), ...header, typ: undefined }],
  }),
};

/** An access token as authorization servers issue it, which outlives the benchmark. */
export const token = signed({
  iss: issuer,
  sub: "auth0|5f7c8ec7c33c6c004bbafe82",
  aud: audience,
  client_id: "https://client.example.com/metadata.json",
  scope: "notes:read notes:write",
  iat: Math.floor(Date.now() / 1000),
  exp: Math.floor(Date.now() / 1000) + 7 * 86_400,
  jti: "3b2c5f7e-0d7f-4f0e-9a53-6c1f2d1f9a11",
});

function signed(claims: object): string {
  const text = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  const signature = sign("sha256", Buffer.from(text), { key: privateKey, dsaEncoding: "ieee-p1363" });
  return `${text}.${signature.toString("base64url")}`;
}
