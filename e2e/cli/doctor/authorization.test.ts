import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type AuthorizationServer,
  MACHINE,
  startAuthorizationServer,
} from "../../auth/authorization-server.ts";
import type { Faults } from "../../support/faulty-proxy.ts";
import { freePort } from "../../support/free-port.ts";
import { behind, deployment, doctor, doctorWith } from "./deployment.ts";

let as: AuthorizationServer;
beforeAll(async () => {
  as = await startAuthorizationServer();
});
afterAll(() => as.close());

/** A server that takes tokens of the authorization server, behind a proxy that is its address. */
async function guarded(faults: Faults = {}, more: object = {}) {
  const port = await freePort();
  const proxy = await behind(`http://127.0.0.1:${port}/mcp`, faults);
  const url = proxy.url();
  await deployment({
    serve: { port, keepAliveMs: 200 },
    jwt: { issuer: as.issuer, audience: url, ...more },
  });
  return { url, token: () => as.tokenOf(MACHINE, { scope: "notes:read", resource: url }) };
}

describe("authorization", () => {
  test("that a client finds its way through, and what is behind it for those with a token", async () => {
    const { url, token } = await guarded();
    const without = await doctor(url);
    expect(without.of("authorization")).toEqual(["fine: The server answers 401, and says how to be let in."]);
    expect(without.of("authorization-metadata")[0]).toMatch(/^fine: The metadata is at /);
    expect(without.of("authorization-server")[0]).toMatch(/^fine: .*can be found, and takes new clients/);
    expect(without.of("protocol")[0]).toMatch(/^skipped: /);
    expect(without.of("origin")[0]).toMatch(/^fine: /);
    expect(without.code).toBe(0);
    const known = await doctorWith({ SLIPWAY_TOKEN: await token() }, url);
    expect(known.of("revisions")[0]).toMatch(/^fine: /);
    expect(known.of("sessions")[0]).toMatch(/^fine: /);
    expect(known.of("authorization-metadata")[0]).toMatch(/^fine: /);
    expect(known.code).toBe(0);
  });

  test("with a token that is refused", async () => {
    const { url } = await guarded();
    const { code, of } = await doctor(url, "--token", "nonsense");
    expect(code).toBe(1);
    expect(of("authorization")[0]).toMatch(/^error: The credentials are refused: .*invalid_token/);
  });

  test("without WWW-Authenticate, which a proxy drops", async () => {
    const { url } = await guarded({
      response: (headers) => {
        delete headers["www-authenticate"];
        return undefined;
      },
    });
    const { code, of } = await doctor(url);
    expect(code).toBe(1);
    expect(of("authorization")[0]).toMatch(/^error: The server answers 401 without WWW-Authenticate/);
    // It is where clients look without being told.
    expect(of("authorization-metadata")[0]).toMatch(/^fine: /);
  });

  test("whose header does not name the metadata", async () => {
    const { url } = await guarded({
      response: (headers, { status }) => {
        if (status === 401) headers["www-authenticate"] = "Bearer";
        return undefined;
      },
    });
    expect((await doctor(url)).of("authorization")[0]).toMatch(/^note: WWW-Authenticate does not say where/);
  });

  test("whose metadata a proxy does not pass on", async () => {
    const { url } = await guarded({
      answer: ({ url: path = "" }, response) => {
        if (!path.startsWith("/.well-known/")) return false;
        response.writeHead(404).end("not here");
        return true;
      },
    });
    const { code, of } = await doctor(url);
    expect(code).toBe(1);
    expect(of("authorization-metadata")[0]).toMatch(
      /^error: There is no metadata .*oauth-protected-resource\/mcp \(status 404\), .*oauth-protected-resource \(status 404\)/,
    );
  });

  test("whose metadata is not where clients look first", async () => {
    const { url } = await guarded({
      answer: ({ url: path = "" }, response) => {
        if (path !== "/.well-known/oauth-protected-resource/mcp") return false;
        response.writeHead(404).end();
        return true;
      },
    });
    expect((await doctor(url)).of("authorization-metadata")[0]).toMatch(
      /^warning: The metadata is at .*, but not at /,
    );
  });

  test.each([
    [
      { resource: "https://other.example/mcp" },
      /^error: The metadata is about https:\/\/other\.example\/mcp, not about/,
    ],
    [{ authorization_servers: [] }, /^error: The metadata names no authorization server/],
  ])("whose metadata says %j", async (change, found) => {
    const { url } = await guarded(rewriting("/.well-known/oauth-protected-resource", change));
    const { code, of } = await doctor(url);
    expect(code).toBe(1);
    expect(of("authorization-metadata")[0]).toMatch(found);
  });

  test("whose authorization server cannot be reached", async () => {
    const issuer = `http://127.0.0.1:${await freePort()}`;
    const { url } = await guarded(
      rewriting("/.well-known/oauth-protected-resource", { authorization_servers: [issuer] }),
    );
    const { code, of } = await doctor(url);
    expect(code).toBe(1);
    expect(of("authorization-server")[0]).toMatch(
      /^error: The metadata of http.* cannot be had: .*ECONNREFUSED/,
    );
  });

  test("whose authorization server is no address", async () => {
    const { url } = await guarded(
      rewriting("/.well-known/oauth-protected-resource", { authorization_servers: ["nowhere"] }),
    );
    expect((await doctor(url)).of("authorization-server")).toEqual([
      "error: The authorization server nowhere is no URL.",
    ]);
  });

  test.each([
    [{}, /^error: The metadata of \S+ is that of /],
    [{ code_challenge_methods_supported: ["plain"] }, /^error: .*PKCE with S256/],
    [
      { registration_endpoint: undefined, client_id_metadata_document_supported: undefined },
      /^note: .*takes neither client metadata documents nor registrations/,
    ],
  ])("whose authorization server says %j", async (change, found) => {
    const between = await behind(
      as.issuer,
      rewriting("/.well-known/", change, Object.keys(change).length > 0),
    );
    const issuer = new URL(between.url()).origin;
    const { url } = await guarded(
      rewriting("/.well-known/oauth-protected-resource", { authorization_servers: [issuer] }),
    );
    expect((await doctor(url)).of("authorization-server")[0]).toMatch(found);
  });
});

/** A proxy that changes the JSON of documents. @param own whether they name the proxy as their issuer */
function rewriting(path: string, change: object, own = false): Faults {
  return {
    body: (text, { url = "", headers }) => {
      if (!url.startsWith(path)) return text;
      const document = { ...JSON.parse(text), ...(own && { issuer: `http://${headers.host}` }), ...change };
      return JSON.stringify(document);
    },
  };
}
