import type { McpServer } from "slipway";
import { jwt } from "slipway/auth";
import { expect } from "vitest";
import { freePort } from "../support/free-port.ts";
import { INITIALIZE, open, post, postRaw, sessionClient, sseClient } from "./clients.ts";
import { site } from "./site.ts";
import { symptom } from "./symptom.ts";
import { AUDIENCE, TokenIssuer } from "./token-issuer.ts";

function tools(server: McpServer): void {
  server.tool("hello", { handler: () => "Hello!" });
  server.tool("refund", { scopes: ["pay"], handler: () => "Refunded." });
}

const works = async (url: string, headers: { [name: string]: string } = {}) => {
  expect(await post(url, INITIALIZE, headers)).toMatch(/^200 /);
};

symptom("401 for everybody, or for all of one kind", async (trial) => {
  const issuer = await TokenIssuer.start();
  const audience = "https://mcp.example.com";
  const strict = await site(tools, (logger) => ({ auth: jwt({ ...issuer.options, logger }) }));
  await trial.shows(strict, async () => {
    const headers = await issuer.headers({ audience });
    await trial.fails(() => sessionClient(strict.url, trial, headers));
    await trial.byHand({ URL: strict.url, TOKEN: headers.authorization.slice("Bearer ".length) });
  });
  const knowing = await site(tools, (logger) => ({
    auth: jwt({ ...issuer.options, audience: [AUDIENCE, audience], logger }),
  }));
  await trial.isGone(knowing, async () => works(knowing.url, await issuer.headers({ audience })));
});

symptom("401 after a while, or at some machines", async (trial) => {
  const issuer = await TokenIssuer.start();
  // Issued by a clock that is a minute behind this one, for half a minute.
  const headers = await issuer.headers({ expiresIn: -45 });
  const strict = await site(tools, (logger) => ({ auth: jwt({ ...issuer.options, logger }) }));
  await trial.shows(strict, async () => trial.saw(await post(strict.url, INITIALIZE, headers)));
  const patient = await site(tools, (logger) => ({
    auth: jwt({ ...issuer.options, clockSkewMs: 90_000, logger }),
  }));
  await trial.isGone(patient, () => works(patient.url, headers));
});

symptom("401 after the authorization server has changed its keys", async (trial) => {
  const issuer = await TokenIssuer.start();
  const place = await site(tools, (logger) => ({ auth: jwt({ ...issuer.options, logger }) }));
  await works(place.url, await issuer.headers());
  await trial.shows(place, async () => {
    // Signs with a key that nobody could have seen before.
    await issuer.signWith(await issuer.publish());
    trial.saw(await post(place.url, INITIALIZE, await issuer.headers()));
  });
  const next = await issuer.publish();
  const other = await site(tools, (logger) => ({ auth: jwt({ ...issuer.options, logger }) }));
  await works(other.url, await issuer.headers());
  await trial.isGone(other, async () => {
    await issuer.signWith(next);
    await works(other.url, await issuer.headers());
  });
});

symptom("503 for everybody who has to log in", async (trial) => {
  const issuer = await TokenIssuer.start();
  const jwks = `http://127.0.0.1:${await freePort()}/keys`;
  const lost = await site(tools, (logger) => ({ auth: jwt({ ...issuer.options, jwks, logger }) }));
  await trial.shows(lost, async () => trial.saw(await post(lost.url, INITIALIZE, await issuer.headers())));
  const found = await site(tools, (logger) => ({ auth: jwt({ ...issuer.options, logger }) }));
  await trial.isGone(found, async () => works(found.url, await issuer.headers()));
});

symptom("403 for some callers or tools: insufficient_scope", async (trial) => {
  const issuer = await TokenIssuer.start();
  const place = await site(tools, (logger) => ({ auth: jwt({ ...issuer.options, logger }) }));
  const refund = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "refund", arguments: {} } };
  const call = async (scope: string) => {
    const headers = await issuer.headers({ scope });
    return post(place.url, refund, { ...headers, "mcp-session-id": await open(place.url, headers) });
  };
  await trial.shows(place, async () => trial.saw(await call("read")));
  await trial.isGone(place, async () => {
    expect(await call("read pay")).toContain("Refunded.");
  });
});

symptom("403: the Host is not allowed", async (trial) => {
  const local = await site(tools);
  await trial.shows(local, () => trial.byHand({ URL: local.url }));
  const named = await site(tools, { allowedHosts: ["mcp.example.com", "127.0.0.1"] });
  await trial.isGone(named, async () => {
    expect(await trial.shell('mcp -H "host: mcp.example.com" -d "$INIT"', { URL: named.url })).toContain(
      "200 OK",
    );
  });
});

symptom("A page in a browser cannot connect", async (trial) => {
  const closed = await site(tools);
  await trial.shows(closed, () => trial.byHand({ URL: closed.url }));
  const origin = "https://app.example.com";
  const allowing = await site(tools, { allowedOrigins: [origin] });
  await trial.isGone(allowing, async () => {
    const asked = await fetch(allowing.url, {
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "mcp-session-id",
      },
    });
    expect([asked.status, asked.headers.get("access-control-allow-origin")]).toEqual([204, origin]);
    const opened = await postRaw(allowing.url, INITIALIZE, { origin });
    expect(opened.headers.get("access-control-expose-headers")).toContain("Mcp-Session-Id");
  });
});

symptom("406 or 415", async (trial) => {
  const place = await site(tools, { sessionAdapter: null });
  await trial.shows(place, () => trial.byHand({ URL: place.url }));
  await trial.isGone(place, () => works(place.url));
});

symptom("400 for some clients: their revision is not served", async (trial) => {
  const modern = await site(tools, {}, { protocolVersions: ["2026-07-28"] });
  await trial.shows(modern, async () => {
    await trial.fails(() => sessionClient(modern.url, trial));
    await trial.byHand({ URL: modern.url });
  });
  const all = await site(tools);
  await trial.isGone(all, async () => {
    const client = await sessionClient(all.url, trial);
    await client.call("hello", {});
  });
});

symptom("An old client finds nothing at /sse", async (trial) => {
  const without = await site(tools);
  await trial.shows(without, async () => {
    await trial.fails(() => sseClient(without.url, trial));
    await trial.byHand({ URL: without.url });
  });
  const withIt = await site(tools, { httpSse: true });
  await trial.isGone(withIt, async () => {
    const client = await sseClient(withIt.url, trial);
    await client.call("hello", {});
  });
});
