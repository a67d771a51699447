import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { asOwn } from "../../support/faulty-proxy.ts";
import { freePort } from "../../support/free-port.ts";
import { behind, deployment, doctor, doctorWith, foreign, report } from "./deployment.ts";

const KEPT_ALIVE = { serve: { keepAliveMs: 200 } };
const LEGACY = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];

describe("a good deployment", () => {
  test("has no finding that asks for something to be done", async () => {
    const url = await deployment({
      serve: { keepAliveMs: 200, allowedOrigins: ["https://app.example.com"] },
      server: { cacheHints: { ttlMs: 60_000, cacheScope: "public" } },
    });
    const { code, findings, of } = await doctor(url, "--origin", "https://app.example.com", "--idle", "1s");
    expect(code).toBe(0);
    expect(findings.filter(({ severity }) => severity === "error" || severity === "warning")).toEqual([]);
    const fine = ["transport", "connection-reuse", "clock", "health", "origin", "host", "cors", "revisions"];
    const more = [
      "unknown-revision",
      "sessions",
      "unknown-session",
      "resumption",
      "buffering",
      "idle",
      "caching",
    ];
    for (const check of [...fine, ...more])
      expect([check, of(check)[0]]).toEqual([check, expect.stringMatching(/^fine: /)]);
    expect(of("caching")).toEqual([
      "fine: The result of server/discover may be kept for 60 s (public).",
      "fine: The result of tools/list may be kept for 60 s (public).",
    ]);
    expect(of("authorization")).toEqual(["note: The server wants no authorization to be talked to."]);
    // What a look from outside cannot tell.
    expect(of("instances")[0]).toMatch(/^skipped: No header tells which instance/);
    expect(of("suspended-calls")[0]).toMatch(/^skipped: /);
  });

  test("is one of several instances over one store, too", async () => {
    const folder = mkdtempSync(join(tmpdir(), "slipway-doctor-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const settings = { ...KEPT_ALIVE, database: join(folder, "data.db") };
    const urls = [await deployment(settings), await deployment(settings)];
    const proxy = await behind(urls, {
      response: (headers, { target }) => {
        headers["x-served-by"] = `instance-${target}`;
        return undefined;
      },
    });
    const { code, of } = await doctor(proxy.url());
    expect(of("sessions")[0]).toMatch(/^fine: /);
    expect(of("resumption")[0]).toMatch(/^fine: /);
    expect(of("instances")).toEqual(["fine: 2 instances have answered (x-served-by)."]);
    expect(code).toBe(0);
  });

  test("is reported to people by what matters, with a summary", async () => {
    const { code, stdout } = await report(await deployment());
    expect(code).toBe(0);
    expect(stdout).toMatch(/fine {5}revisions\n {9}The server speaks 2026-07-28, /);
    expect(stdout).toMatch(/\n0 errors, 0 warnings, \d+ notes; \d+ fine, \d+ not looked at\n$/);
    const bad = await report(await deployment({ serve: { allowedOrigins: ["*"] } }));
    expect(bad.code).toBe(1);
    expect(bad.stdout).toMatch(
      /^error {4}origin\n {9}Requests of any web page are served.*\n {9}→ Name the pages/,
    );
  });
});

describe("whether the server is reached", () => {
  test("nothing is there", async () => {
    const { code, findings } = await doctor(`http://127.0.0.1:${await freePort()}/mcp`);
    expect(code).toBe(1);
    expect(findings).toEqual([expect.objectContaining({ check: "reach", severity: "error" })]);
    expect(findings[0]?.message).toContain("ECONNREFUSED");
  });

  test("a proxy without a server behind it", async () => {
    const proxy = await behind(`http://127.0.0.1:${await freePort()}/mcp`);
    const { code, findings, of } = await doctor(proxy.url());
    expect(code).toBe(1);
    expect(of("reach")[0]).toMatch(/^error: The server answers 502: <h1>502 Bad Gateway/);
    expect(findings.find(({ check }) => check === "reach")?.remedy).toContain(
      "The proxy in front does not reach",
    );
    expect(of("protocol")[0]).toMatch(/^skipped: /);
    expect(of("authorization")[0]).toMatch(/^skipped: The server refuses for other reasons/);
  });

  test("a proxy that refuses", async () => {
    const proxy = await behind(await deployment(), {
      answer: (_request, response) => {
        response.writeHead(403).end("Go away");
        return true;
      },
    });
    expect((await doctor(proxy.url())).of("reach")).toEqual([
      "error: The server refuses to answer (403): Go away",
    ]);
  });

  test("a proxy that breaks off what comes later", async () => {
    let count = 0;
    const proxy = await behind(await deployment(), {
      answer: ({ method }, response) => {
        if (method !== "POST" || ++count < 4) return false;
        response.destroy();
        return true;
      },
    });
    const { code, of } = await doctor(proxy.url());
    expect(code).toBe(1);
    expect(of("revisions")[0]).toMatch(/^error: No revision can be spoken: socket hang up/);
  });

  test("a server that is too busy", async () => {
    const proxy = await behind(await deployment(), {
      answer: (_request, response) => {
        response.writeHead(503, { "retry-after": "7" }).end("busy");
        return true;
      },
    });
    expect((await doctor(proxy.url())).of("reach")).toEqual([
      "error: The server answers 503; it says to come again in 7 s: busy",
    ]);
  });

  test("an address that leads elsewhere", async () => {
    const proxy = await behind(await deployment(), {
      answer: (_request, response) => {
        response.writeHead(301, { location: "https://elsewhere.example/mcp" }).end();
        return true;
      },
    });
    expect((await doctor(proxy.url())).of("reach")[0]).toContain("leads on to https://elsewhere.example/mcp");
  });

  test("what is no MCP server", async () => {
    const http = createServer((_request, response) => response.end("<h1>Welcome</h1>")).listen(
      0,
      "127.0.0.1",
    );
    onTestFinished(() => void http.close());
    await new Promise((resolve) => http.once("listening", resolve));
    const { code, of } = await doctor(`http://127.0.0.1:${(http.address() as AddressInfo).port}/`);
    expect(code).toBe(1);
    expect(of("revisions")[0]).toMatch(/^error: The server speaks no revision of MCP/);
  });

  test("a server that refuses its own name", async () => {
    const { code, of } = await doctor(await deployment({ serve: { allowedHosts: ["mcp.example.com"] } }));
    expect(code).toBe(1);
    expect(of("host")[0]).toMatch(
      /^error: The server refuses its own name 127\.0\.0\.1:\d+: .*is not allowed/,
    );
  });

  test("a proxy that drops the protocol's headers", async () => {
    const proxy = await behind(await deployment(), {
      request: (headers) => {
        delete headers["mcp-method"];
      },
    });
    const { code, of } = await doctor(proxy.url());
    expect(code).toBe(1);
    expect(of("request-headers")[0]).toMatch(
      /^error: Something in between drops or changes headers.*Mcp-Method/,
    );
  });
});

describe("revisions", () => {
  test("only such as open with a handshake", async () => {
    const { code, of } = await doctor(
      await deployment({ ...KEPT_ALIVE, server: { protocolVersions: LEGACY } }),
    );
    expect(code).toBe(0);
    expect(of("revisions")[0]).toMatch(
      /^warning: The server speaks only revisions with handshake: 2025-11-25, /,
    );
    expect(of("unknown-revision")).toEqual([]);
    expect(of("authorization")).toEqual(["note: The server wants no authorization to be talked to."]);
    expect(of("buffering")[0]).toMatch(/^fine: /);
  });

  test("only such as do without", async () => {
    const { of } = await doctor(await deployment({ server: { protocolVersions: ["2026-07-28"] } }));
    expect(of("revisions")[0]).toMatch(/^warning: The server speaks 2026-07-28 only/);
    expect(of("sessions")[0]).toMatch(/^fine: There are no sessions/);
    expect(of("resumption")[0]).toMatch(/^fine: Nothing is to be resumed/);
  });

  test("only the transport of 2024-11-05", async () => {
    const { of } = await doctor(await foreign("sdk-v1", "--http+sse"));
    expect(of("revisions")[0]).toMatch(/^warning: .*over HTTP\+SSE only/);
    expect(of("sessions")[0]).toMatch(/^skipped: /);
    expect(of("resumption")[0]).toMatch(/^skipped: /);
    expect(of("buffering")[0]).toMatch(/^skipped: /);
  });

  test("a proxy that keeps from newer clients what the server speaks", async () => {
    const proxy = await behind(await deployment(), {
      answer: ({ headers }, response) => {
        if (headers["mcp-protocol-version"] !== "9999-12-31") return false;
        response.writeHead(400, { "content-type": "text/html" }).end("<h1>Bad Request</h1>");
        return true;
      },
    });
    expect((await doctor(proxy.url())).of("unknown-revision")[0]).toMatch(/^warning: .*status 400/);
  });
});

describe("sessions", () => {
  test("of two servers with a memory each, behind a proxy that takes turns", async () => {
    const proxy = await behind([await deployment(), await deployment()]);
    const { code, findings, of } = await doctor(proxy.url());
    expect(code).toBe(1);
    expect(of("sessions")[0]).toMatch(/^error: Sessions are not known on every connection: \d+ of 24/);
    const finding = findings.find(({ check }) => check === "sessions");
    expect(finding?.remedy).toContain("share a store");
    expect(finding?.data?.["lost"]).toBeGreaterThan(0);
  });

  test("behind a proxy that is sticky by a cookie", async () => {
    let turn = 0;
    const proxy = await behind([await deployment(), await deployment()], {
      route: ({ cookie = "" }) => Number(/instance=(\d)/.exec(cookie)?.[1] ?? turn++ % 2),
      response: (headers, { target }) => {
        headers["set-cookie"] = `instance=${target}; Path=/; HttpOnly`;
        return undefined;
      },
    });
    expect((await doctor(proxy.url())).of("sessions")[0]).toMatch(
      /^error: .*sticky by a cookie, which MCP clients/,
    );
    const alone = await behind(await deployment(), {
      response: (headers) => {
        headers["set-cookie"] = "instance=0; Path=/";
        return undefined;
      },
    });
    expect((await doctor(alone.url())).of("sessions")[0]).toMatch(/^note: .*cookie for stickiness/);
  });

  test("of which one instance is always seen", async () => {
    const proxy = await behind(await deployment(), {
      response: (headers) => {
        headers["x-instance-id"] = "i-1";
        return undefined;
      },
    });
    expect((await doctor(proxy.url())).of("instances")[0]).toMatch(/^note: Always the same instance/);
  });

  test("that there are none of", async () => {
    const { code, of } = await doctor(await foreign("sdk-v2"));
    expect(of("sessions")[0]).toMatch(/^note: Clients of revisions with handshake get no session/);
    expect(of("resumption")[0]).toMatch(/^skipped: There are no sessions/);
    expect(code).toBe(1);
  });

  test("that are not known, behind a proxy that makes another status of it", async () => {
    const proxy = await behind(await deployment(), {
      response: (_headers, { status }) => (status === 404 ? 500 : undefined),
    });
    expect((await doctor(proxy.url())).of("unknown-session")[0]).toMatch(
      /^error: .*answered with 500, not with 404/,
    );
  });

  test("that cannot be looked at, as there are too many requests", async () => {
    let count = 0;
    const proxy = await behind(await deployment(), {
      answer: ({ headers }, response) => {
        if (headers["mcp-session-id"] === undefined || ++count < 12) return false;
        response.writeHead(429, { "retry-after": "60" }).end();
        return true;
      },
    });
    const { code, of } = await doctor(proxy.url());
    expect(of("sessions")[0]).toMatch(/^skipped: The server was too busy/);
    expect(code).toBe(0);
  });

  test("that are not known, and served", async () => {
    const { of } = await doctor(await foreign("mcp-lite"));
    expect(of("unknown-session")[0]).toMatch(/^warning: .*answered with 200/);
  });
});

describe("resumption", () => {
  test("of streams without ids", async () => {
    const { of } = await doctor(await foreign("sdk-v1"));
    expect(of("resumption")[0]).toMatch(/^warning: The events of streams have no ids/);
  });

  test("behind a proxy that refuses it", async () => {
    const proxy = await behind(await deployment(), {
      answer: ({ headers }, response) => {
        if (headers["last-event-id"] === undefined) return false;
        response.writeHead(400).end();
        return true;
      },
    });
    expect((await doctor(proxy.url())).of("resumption")[0]).toMatch(/^error: .*refused with status 400/);
  });

  test("behind a proxy that drops Last-Event-ID", async () => {
    const proxy = await behind(await deployment(), {
      request: (headers) => {
        delete headers["last-event-id"];
      },
    });
    expect((await doctor(proxy.url())).of("resumption")[0]).toMatch(
      /^note: .*whether the header reaches the server cannot be told/,
    );
  });

  test("where there is no stream out of turn", async () => {
    const proxy = await behind(await deployment(), {
      answer: ({ method, url = "" }, response) => {
        if (method !== "GET" || !url.startsWith("/mcp")) return false;
        response.writeHead(405).end();
        return true;
      },
    });
    expect((await doctor(proxy.url())).of("resumption")[0]).toMatch(/^note: The server has no stream/);
  });
});

describe("web pages and names", () => {
  const PAGE = ["--origin", "https://app.example.com"];

  test("a page that may not call the server", async () => {
    const { code, of } = await doctor(await deployment(), ...PAGE);
    expect(code).toBe(1);
    expect(of("cors")[0]).toMatch(/^error: Browsers do not let pages of https:\/\/app\.example\.com call/);
  });

  test("a proxy that answers the preflight by itself, and too little", async () => {
    const url = await deployment({ serve: { allowedOrigins: ["https://app.example.com"] } });
    const proxy = await behind(url, {
      answer: ({ method }, response) => {
        if (method !== "OPTIONS") return false;
        const headers = {
          "access-control-allow-origin": "*",
          "access-control-allow-headers": "content-type, authorization",
        };
        response.writeHead(204, headers).end();
        return true;
      },
      response: (headers) => {
        delete headers["access-control-expose-headers"];
        return undefined;
      },
    });
    const found = (await doctor(proxy.url(), ...PAGE)).of("cors");
    expect(found[0]).toMatch(/^error: .*send last-event-id, mcp-method, .*mcp-session-id\./);
    expect(found[1]).toMatch(/^warning: .*cannot read mcp-session-id, www-authenticate\./);
  });

  test("a proxy that lets the preflight in, and the answer not out", async () => {
    const url = await deployment({ serve: { allowedOrigins: ["https://app.example.com"] } });
    const proxy = await behind(url, {
      response: (headers, { request }) => {
        if (request.method !== "OPTIONS") delete headers["access-control-allow-origin"];
        return undefined;
      },
    });
    expect((await doctor(proxy.url(), ...PAGE)).of("cors")[0]).toMatch(
      /^error: The preflight lets .* in, and the answer/,
    );
  });

  test("any page and any name, on this machine", async () => {
    const { code, of } = await doctor(
      await deployment({ serve: { allowedOrigins: ["*"], allowedHosts: ["*"] } }),
    );
    expect(code).toBe(1);
    expect(of("origin")[0]).toMatch(/^error: Requests of any web page are served/);
    expect(of("host")[0]).toMatch(/^error: .*DNS rebinding/);
  });

  test("any page and any name, elsewhere", async () => {
    const url = await deployment({ serve: { allowedOrigins: ["*"], allowedHosts: ["*"] } });
    const proxy = await behind(url, { request: asOwn(url) });
    // A name of this machine that does not say so.
    const found = await doctor(proxy.url("0.0.0.0"));
    expect(found.of("origin")[0]).toMatch(/^warning: /);
    expect(found.of("host")[0]).toMatch(/^note: /);
    const known = await doctorWith({ SLIPWAY_TOKEN: "t" }, proxy.url("0.0.0.0"));
    expect(known.of("origin")[0]).toMatch(/^note: /);
  });
});

describe("time, caching and health", () => {
  const setDate = (ms: number | undefined) => ({
    response: (headers: { date?: string | undefined }) => {
      if (ms === undefined) delete headers.date;
      else headers.date = new Date(Date.now() + ms).toUTCString();
      return undefined;
    },
  });

  test("a clock that is off", async () => {
    const url = await deployment();
    const clock = async (ms: number) => (await doctor((await behind(url, setDate(ms))).url())).of("clock")[0];
    expect(await clock(-20_000)).toMatch(/^warning: The server's clock is (19|20|21) s behind/);
    expect(await clock(3_600_000)).toMatch(/^error: The server's clock is 3\d\d\d s ahead of/);
  });

  test("a clock that is not shown", async () => {
    const http = createServer((_request, response) => {
      response.sendDate = false;
      response.writeHead(404).end();
    }).listen(0, "127.0.0.1");
    onTestFinished(() => void http.close());
    await new Promise((resolve) => http.once("listening", resolve));
    const { of } = await doctor(`http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`);
    expect(of("clock")[0]).toMatch(/^skipped: The server sends no Date header/);
    expect(of("health")).toEqual([
      expect.stringMatching(/^note: \/health answers 404/),
      expect.stringMatching(/^note: \/ready answers 404/),
    ]);
  });

  test("lists that may not be kept, or are kept for everybody", async () => {
    expect((await doctor(await deployment())).of("caching")[1]).toMatch(
      /^note: The result of tools\/list may not be kept/,
    );
    const open = await deployment({ server: { cacheHints: { ttlMs: 1000, cacheScope: "public" } } });
    expect((await doctorWith({ SLIPWAY_TOKEN: "t" }, open)).of("caching")[1]).toMatch(
      /^warning: .*for everybody/,
    );
  });

  test("lists of which is not said whether they may be kept", async () => {
    const proxy = await behind(await deployment(), {
      body: (text) => text.replace(/"(ttlMs|cacheScope)"/g, '"$1-"'),
    });
    expect((await doctor(proxy.url())).of("caching")[1]).toMatch(
      /^warning: .* has no ttlMs or no cacheScope/,
    );
  });

  test("an instance that is not ready", async () => {
    const proxy = await behind(await deployment(), {
      answer: ({ url }, response) => {
        if (url !== "/ready") return false;
        response.writeHead(503).end('{"status":"draining"}');
        return true;
      },
    });
    const { code, of } = await doctor(proxy.url());
    expect(code).toBe(1);
    expect(of("health")[1]).toBe('error: /ready answers 503: {"status":"draining"}');
  });

  test("metrics that are open to everybody", async () => {
    const url = await deployment();
    const proxy = await behind(url, {
      request: asOwn(url),
      answer: ({ url: path }, response) => {
        if (path !== "/metrics") return false;
        response.end("# HELP calls_total Calls.\n# TYPE calls_total counter\ncalls_total 1\n");
        return true;
      },
    });
    expect((await doctor(proxy.url("0.0.0.0"))).of("metrics")[0]).toMatch(
      /^warning: \/metrics answers everybody/,
    );
    expect((await doctor(proxy.url())).of("metrics")).toEqual([]);
  });
});

describe("slipway doctor", () => {
  test.each([
    [[], "Expected the URL of a server"],
    [["node server.js"], "Expected the URL of a server, got node server.js."],
    [["http://localhost:1/mcp", "--origin", "app.example.com"], "--origin wants an origin"],
    [["http://localhost:1/mcp", "--idle", "long"], "--idle: expected a duration"],
    [["http://localhost:1/mcp", "--arg", "a=1"], "--arg is for the tool that --tool names"],
  ])("says what is wrong with %j", async (args, said) => {
    const [url = "", ...more] = args;
    const idle = more.includes("--idle");
    const { code, stderr } = idle ? await report(url, ...more) : await report(url, ...more);
    expect(code).toBe(2);
    expect(stderr).toContain(said);
  });
});
