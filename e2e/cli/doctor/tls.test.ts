import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generate } from "selfsigned";
import { afterAll, describe, expect, test } from "vitest";
import { asOwn } from "../../support/faulty-proxy.ts";
import { behind, deployment, doctorWith } from "./deployment.ts";

const DAY_MS = 86_400_000;
const folder = mkdtempSync(join(tmpdir(), "slipway-tls-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A certificate for this machine that ends in so many days. */
async function certificate(days: number) {
  const { private: key, cert } = await generate([{ name: "commonName", value: "localhost" }], {
    notAfterDate: new Date(Date.now() + days * DAY_MS),
    keyType: "ec",
    algorithm: "sha256",
    extensions: [
      { name: "basicConstraints", cA: true },
      {
        name: "subjectAltName",
        altNames: [
          { type: 2, value: "localhost" },
          { type: 7, ip: "127.0.0.1" },
        ],
      },
    ],
  });
  const path = join(folder, `${days}.pem`);
  writeFileSync(path, cert);
  return { path, tls: { key, cert } };
}

describe("transport", () => {
  let url: string;

  async function secure(days: number, more: object = {}, trusted = true) {
    url = await deployment();
    const { path, tls } = await certificate(days);
    const proxy = await behind(url, { tls: { ...tls, ...more }, request: asOwn(url) });
    return doctorWith(trusted ? { NODE_EXTRA_CA_CERTS: path } : {}, proxy.url("localhost"));
  }

  test("over TLS, without HTTP/2", async () => {
    const { code, findings, of } = await secure(90);
    expect(code).toBe(1);
    expect(of("transport")[0]).toMatch(/^note: HTTP\/2 is not offered/);
    expect(findings.find(({ check }) => check === "transport")?.data).toMatchObject({
      protocol: "TLSv1.3",
      alpn: "http/1.1",
    });
    // Through this proxy, any name is served.
    expect(of("host")[0]).toMatch(/^error: /);
  });

  test("with HTTP/2", async () => {
    const { of } = await secure(90, { ALPNProtocols: ["h2", "http/1.1"] });
    expect(of("transport")[0]).toMatch(/^fine: TLSv1\.3, HTTP\/2, certificate for (89|90) days/);
  });

  test("with a certificate that ends soon", async () => {
    expect((await secure(5)).of("transport")[0]).toMatch(/^warning: The certificate ends in [45] days/);
  });

  test("with a certificate that nobody trusts", async () => {
    const { code, findings, of } = await secure(90, {}, false);
    expect(code).toBe(1);
    expect(of("reach")[0]).toMatch(/^error: The server cannot be reached: .*certificate/);
    expect(findings[0]?.remedy).toContain("NODE_EXTRA_CA_CERTS");
  });

  test("in clear, from elsewhere", async () => {
    url = await deployment();
    const proxy = await behind(url, { request: asOwn(url) });
    const { of } = await doctorWith({}, proxy.url("0.0.0.0"));
    expect(of("transport")[0]).toMatch(/^warning: HTTP without encryption: everybody on the way/);
    const known = await doctorWith({ SLIPWAY_TOKEN: "t" }, proxy.url("0.0.0.0"));
    expect(known.of("transport")[0]).toMatch(/^error: .*the credentials among it/);
  });

  test("on connections that are closed soon, or at once", async () => {
    url = await deployment({ serve: { keepAliveTimeoutMs: 5_000 } });
    expect((await doctorWith({}, url)).of("connection-reuse")[0]).toMatch(
      /^note: Idle connections are closed after 5 s/,
    );
    const proxy = await behind(url, {
      response: (headers) => {
        headers["connection"] = "close";
        return undefined;
      },
    });
    expect((await doctorWith({}, proxy.url())).of("connection-reuse")[0]).toMatch(
      /^warning: The server closes/,
    );
  });
});
