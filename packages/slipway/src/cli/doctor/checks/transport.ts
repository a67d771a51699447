import { connect, type TLSSocket } from "node:tls";
import type { Exam } from "../exam.ts";
import { type Finding, Findings } from "../finding.ts";
import { isAddress } from "../wire.ts";

const TRANSPORT = new Findings("transport");
const REUSE = new Findings("connection-reuse");

/** A certificate should be renewed at least this long before it ends, in days. */
const DAYS = 14;

/** How the bytes travel: encryption, HTTP's version, and how long connections are kept. */
export async function checkTransport(exam: Exam): Promise<Finding[]> {
  const findings = exam.url.protocol === "https:" ? await overTls(exam) : [inClear(exam)];
  return [...findings, reuse(exam)];
}

function inClear({ local, wire }: Exam): Finding {
  if (local) return TRANSPORT.fine("HTTP without encryption, on this machine only.");
  const remedy = "Serve over https, by a proxy in front or the platform.";
  const message = "HTTP without encryption: everybody on the way can read and change all of it";
  return Object.keys(wire.credentials).length > 0
    ? TRANSPORT.error(`${message}, the credentials among it.`, remedy)
    : TRANSPORT.warning(`${message}.`, remedy);
}

async function overTls({ url, patienceMs }: Exam): Promise<Finding[]> {
  const socket = await handshake(url, patienceMs);
  const protocol = socket.getProtocol() ?? "unknown";
  const { valid_to: validTo } = socket.getPeerCertificate();
  const alpn = socket.alpnProtocol || "http/1.1";
  socket.destroy();
  const days = Math.floor((Date.parse(validTo) - Date.now()) / 86_400_000);
  const data = { data: { protocol, alpn, certificateDays: days } };
  const findings: Finding[] = [];
  if (days < DAYS) {
    findings.push(
      TRANSPORT.warning(
        `The certificate ends in ${days} days.`,
        "Renew it, and have it renewed by itself: when it has ended, no client connects.",
        data,
      ),
    );
  }
  if (alpn !== "h2") {
    findings.push(
      TRANSPORT.note(
        "HTTP/2 is not offered: a browser opens at most six connections to a host, and each event stream takes one.",
        "Let the proxy in front offer HTTP/2.",
        data,
      ),
    );
  }
  return findings.length > 0
    ? findings
    : [TRANSPORT.fine(`${protocol}, HTTP/2, certificate for ${days} days.`, data)];
}

function handshake(url: URL, withinMs: number): Promise<TLSSocket> {
  const { hostname, port } = url;
  const host = hostname.replace(/^\[|\]$/g, "");
  return new Promise((resolve, reject) => {
    const socket = connect(
      {
        host,
        port: Number(port || 443),
        ...(isAddress(hostname) ? {} : { servername: host }),
        ALPNProtocols: ["h2", "http/1.1"],
        // Whether it is to be trusted, the first request has shown.
        rejectUnauthorized: false,
      },
      () => resolve(socket),
    );
    socket.setTimeout(withinMs, () => socket.destroy(new Error("no TLS handshake in time")));
    socket.on("error", reject);
  });
}

/** Proxies keep idle connections for about a minute. */
const USUAL_SECONDS = 60;

function reuse({ opening }: Exam): Finding {
  const { connection = "", "keep-alive": keepAlive = "" } = opening.headers;
  if (/\bclose\b/i.test(connection)) {
    return REUSE.warning(
      "The server closes the connection after each request, so that each call pays for a new one.",
      "Let the server or the proxy in front keep connections (HTTP keep-alive).",
    );
  }
  const seconds = Number(/timeout=(\d+)/.exec(String(keepAlive))?.[1] ?? Number.NaN);
  if (Number.isNaN(seconds)) return REUSE.fine("Connections are kept; for how long is not said.");
  const data = { data: { seconds } };
  if (seconds >= USUAL_SECONDS) return REUSE.fine(`Idle connections are kept for ${seconds} s.`, data);
  return REUSE.note(
    `Idle connections are closed after ${seconds} s. A proxy that keeps them longer now and then sends a request into one that is just being closed, and answers 502.`,
    "Let the server keep connections longer than the proxy in front does (keepAliveTimeoutMs).",
    data,
  );
}
