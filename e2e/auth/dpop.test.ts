import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from "jose";
import { McpServer } from "slipway";
import { jwt } from "slipway/auth";
import { serve } from "slipway/node";
import { expect, onTestFinished, test } from "vitest";
import { freePort } from "../support/free-port.ts";
import { ROBOT, startAuthorizationServer } from "./authorization-server.ts";

test("a token that a real issuer has bound to a key is worth nothing without it", async () => {
  const as = await startAuthorizationServer();
  onTestFinished(() => as.close());
  const port = await freePort();
  const resource = `http://127.0.0.1:${port}/mcp`;
  const server = new McpServer({ name: "robots", version: "1.0.0" }).tool("who", {
    handler: (_, ctx) => JSON.stringify(ctx.auth),
  });
  const running = await serve(server, {
    port,
    auth: jwt({ issuer: as.issuer, audience: resource, dpop: { required: true } }),
  });
  onTestFinished(() => running.close(0));

  const { publicKey, privateKey } = await generateKeyPair("ES256");
  const jwk = await exportJWK(publicKey);
  const proof = async (htm: string, htu: string, token?: string) => {
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
    const ath = token === undefined ? {} : { ath: Buffer.from(digest).toString("base64url") };
    return new SignJWT({ htm, htu, jti: crypto.randomUUID(), ...ath })
      .setProtectedHeader({ typ: "dpop+jwt", alg: "ES256", jwk })
      .setIssuedAt()
      .sign(privateKey);
  };
  const proofForToken = await proof("POST", `${as.issuer}/token`);
  const token = await as.tokenOf(ROBOT, { scope: "notes:read", resource }, proofForToken);

  const call = (headers: { [name: string]: string }) =>
    fetch(resource, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        "mcp-protocol-version": "2026-07-28",
        "mcp-method": "tools/call",
        "mcp-name": "who",
        ...headers,
      },
      body: JSON.stringify({
        jsonrpc: "2.0",
        id: 1,
        method: "tools/call",
        params: {
          name: "who",
          _meta: {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
          },
        },
      }),
    });
  const used = await proof("POST", resource, token);
  const good = await call({ authorization: `DPoP ${token}`, dpop: used });
  const { result } = (await good.json()) as { result: { content: { text: string }[] } };
  expect(JSON.parse(result.content[0]?.text ?? "")).toMatchObject({
    subject: ROBOT.client_id,
    clientId: ROBOT.client_id,
    claims: { cnf: { jkt: await calculateJwkThumbprint(jwk) } },
  });
  const refusals: { [name: string]: string }[] = [
    { authorization: `Bearer ${token}` },
    { authorization: `DPoP ${token}` },
    { authorization: `DPoP ${token}`, dpop: used },
    { authorization: `DPoP ${token}`, dpop: await proof("POST", resource) },
  ];
  for (const headers of refusals) {
    const refused = await call(headers);
    expect([refused.status, refused.headers.get("www-authenticate")]).toEqual([
      401,
      expect.stringMatching(/^DPoP error=/),
    ]);
  }
});
