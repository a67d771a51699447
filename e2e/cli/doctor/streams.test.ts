import { describe, expect, test } from "vitest";
import { behind, deployment, doctor, foreign } from "./deployment.ts";

const LEGACY = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];

describe("streams", () => {
  const MODERN = { server: { protocolVersions: ["2026-07-28"] } };

  test("that a proxy holds back as a whole", async () => {
    const proxy = await behind(await deployment(MODERN), { buffers: "all" });
    const { code, findings, of } = await doctor(proxy.url(), "--timeout", "3s");
    expect(code).toBe(1);
    expect(of("buffering")[0]).toMatch(/^error: The answer to subscriptions\/listen did not begin/);
    expect(findings.find(({ check }) => check === "buffering")?.remedy).toContain("proxy_buffering off");
  });

  test("whose events a proxy holds back", async () => {
    const proxy = await behind(await deployment(MODERN), { buffers: "body" });
    expect((await doctor(proxy.url())).of("buffering")[0]).toMatch(
      /^error: The acknowledgement .* did not come/,
    );
  });

  test("of which a proxy lets only the beginning through", async () => {
    const url = await deployment({ serve: { keepAliveMs: 200 } });
    const proxy = await behind(url, { buffers: "rest" });
    const { code, of } = await doctor(proxy.url(), "--idle", "1s", "--tool", "count");
    expect(code).toBe(1);
    expect(of("buffering")).toEqual([
      expect.stringMatching(/^error: What keeps a stream alive came only when/),
    ]);
    expect(of("progress")[0]).toMatch(/^error: All reports but the first one of count came with its result/);
    const open = await doctor(url, "--idle", "1s", "--tool", "count");
    expect(open.of("buffering")).toEqual([expect.stringMatching(/^fine: /)]);
    expect(open.of("progress")[0]).toMatch(/^fine: /);
  });

  test("whose events a proxy holds back until they end", async () => {
    const url = await deployment({ server: { protocolVersions: LEGACY } });
    const proxy = await behind(url, { buffers: "body" });
    expect((await doctor(proxy.url())).of("buffering")[0]).toMatch(
      /^error: .*came only when the stream had ended/,
    );
  });

  test("that say nothing at their beginning", async () => {
    const { of } = await doctor(await foreign("sdk-v1"));
    expect(of("buffering")[0]).toMatch(/^skipped: The server says nothing at the beginning/);
  });

  test("that are compressed, or may be kept", async () => {
    const proxy = await behind(await deployment(), {
      response: (headers, { request }) => {
        if (!/event-stream/.test(String(headers["content-type"]))) return undefined;
        delete headers["cache-control"];
        if (request.headers["accept-encoding"]?.includes("gzip")) headers["content-encoding"] = "gzip";
        return undefined;
      },
    });
    const found = (await doctor(proxy.url())).of("stream-headers");
    expect(found).toEqual([
      expect.stringMatching(/^note: Event streams may be kept by caches/),
      expect.stringMatching(/^warning: Event streams are compressed \(gzip\)/),
    ]);
  });

  test("that a proxy closes when nothing happens", async () => {
    const proxy = await behind(await deployment({ serve: { keepAliveMs: 60_000 } }), { idleMs: 500 });
    const { code, of } = await doctor(proxy.url(), "--idle", "10s");
    expect(code).toBe(1);
    expect(of("idle")[0]).toMatch(/^error: A stream on which nothing happened was closed after \d\.\d s/);
  });

  test("that nobody keeps alive", async () => {
    const url = await deployment({ serve: { keepAliveMs: 0 } });
    expect((await doctor(url, "--idle", "1s")).of("idle")[0]).toMatch(/^note: .*no sign of life within 1 s/);
    expect((await doctor(url, "--idle", "15s")).of("idle")[0]).toMatch(
      /^warning: .*not kept alive within 15 s/,
    );
  });

  test("of a tool's progress", async () => {
    const url = await deployment();
    expect((await doctor(url, "--tool", "count")).of("progress")[0]).toMatch(
      /^fine: count reported first after/,
    );
    expect((await doctor(url, "--tool", "quick")).of("progress")[0]).toMatch(/^skipped: .*too short/);
    expect((await doctor(url, "--tool", "silent")).of("progress")[0]).toMatch(/^skipped: .*no progress/);
    expect((await doctor(url, "--tool", "none")).of("progress")[0]).toMatch(/^skipped: .*no tool "none"/);
    const proxy = await behind(url, { buffers: "body" });
    expect((await doctor(proxy.url(), "--tool", "count")).of("progress")[0]).toMatch(
      /^error: All reports of count came with its result/,
    );
  });

  test("of revisions with handshake alone", async () => {
    const url = await deployment({ server: { protocolVersions: LEGACY } });
    const whole = await behind(url, { buffers: "all" });
    expect((await doctor(whole.url(), "--timeout", "3s")).of("buffering")[0]).toMatch(
      /^error: The stream for what the server says out of turn did not begin/,
    );
    const answered = (status: number) =>
      behind(url, {
        answer: ({ method, url: path }, response) => {
          if (method !== "GET" || path !== "/mcp") return false;
          response.writeHead(status, status === 200 ? { "content-type": "text/event-stream" } : {}).end();
          return true;
        },
      });
    expect((await doctor((await answered(405)).url())).of("buffering")[0]).toMatch(
      /^skipped: The server has no stream to be watched \(GET is answered with 405\)/,
    );
    expect((await doctor((await answered(200)).url())).of("idle")).toEqual([
      "error: The stream ended at once.",
    ]);
    const stateless = await deployment({
      server: { protocolVersions: LEGACY },
      serve: { sessionAdapter: null },
    });
    expect((await doctor(stateless)).of("buffering")[0]).toMatch(/^skipped: Without a session/);
  });
});
