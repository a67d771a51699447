import { printable } from "../../printable.ts";
import type { Exam } from "../exam.ts";
import { type Finding, Findings } from "../finding.ts";
import { knock } from "../knock.ts";

const ORIGIN = new Findings("origin");
const HOST = new Findings("host");
const CORS = new Findings("cors");

/** Names that nobody has. @see https://www.rfc-editor.org/rfc/rfc6761#section-6.4 */
const STRANGER = "slipway-doctor.invalid";

/** What clients in web pages send and read. */
const SENT = [
  "authorization",
  "content-type",
  "last-event-id",
  "mcp-method",
  "mcp-name",
  "mcp-protocol-version",
  "mcp-session-id",
];

/** Whether pages of others are kept out, those of the user's own let in, and only the server's own names taken. */
export async function checkOrigins(exam: Exam): Promise<Finding[]> {
  return [await stranger(exam), await strangeHost(exam), ...(await page(exam))];
}

/** Whether a server takes a request as well as one without the headers that are tried. */
async function isTaken(
  { wire, opening, begin }: Exam,
  headers: Readonly<Record<string, string>>,
): Promise<boolean> {
  const { status } = await knock(wire, begin, { headers });
  if (status === 429) throw new Error(`the server answered ${status}`);
  return status === opening.status || (status >= 200 && status < 300);
}

/** @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#security-endpoint */
async function stranger(exam: Exam): Promise<Finding> {
  if (!(await isTaken(exam, { origin: `https://${STRANGER}` }))) {
    return ORIGIN.fine("Requests of unknown web pages are refused.");
  }
  const message = "Requests of any web page are served, as the Origin header is not checked.";
  const remedy = "Name the pages that may call the server in allowedOrigins.";
  if (exam.local) {
    return ORIGIN.error(`${message} Whatever page the user opens can use this server.`, remedy);
  }
  // Where a token is wanted, a page needs one, too.
  return exam.opening.status === 401 || Object.keys(exam.wire.credentials).length > 0
    ? ORIGIN.note(message, remedy)
    : ORIGIN.warning(message, remedy);
}

async function strangeHost(exam: Exam): Promise<Finding> {
  if (!(await isTaken(exam, { host: STRANGER }))) return HOST.fine("Requests for other hosts are refused.");
  const message = "Requests are served whatever the Host header says";
  const remedy = "Name the server's own names in allowedHosts.";
  if (!exam.local) return HOST.note(`${message}.`, remedy);
  return HOST.error(
    `${message}: a page whose name leads to this machine can use the server (DNS rebinding).`,
    remedy,
  );
}

async function page(exam: Exam): Promise<Finding[]> {
  const { origin, wire } = exam;
  if (origin === undefined) {
    return [
      CORS.skipped(
        "Whether a web page may call the server was not tried.",
        "Give the page's origin with --origin.",
      ),
    ];
  }
  const preflight = await wire.send({
    method: "OPTIONS",
    anonymous: true,
    headers: {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": SENT.join(","),
    },
  });
  const allowed = preflight.headers["access-control-allow-origin"];
  if (preflight.status >= 400 || (allowed !== origin && allowed !== "*")) {
    return [
      CORS.error(
        `Browsers do not let pages of ${printable(origin)} call the server: the preflight is answered with ${preflight.status}${allowed === undefined ? " and without Access-Control-Allow-Origin" : `, for ${printable(allowed)}`}.`,
        "Name the page in allowedOrigins, and let the proxy in front pass OPTIONS on.",
      ),
    ];
  }
  const findings: Finding[] = [];
  const listed = names(preflight.headers["access-control-allow-headers"]);
  // A star leaves Authorization out.
  const missing = SENT.filter(
    (name) => !listed.includes(name) && !(listed.includes("*") && name !== "authorization"),
  );
  if (missing.length > 0) {
    findings.push(
      CORS.error(
        `Browsers do not let pages of ${printable(origin)} send ${missing.join(", ")}.`,
        "Name these headers in Access-Control-Allow-Headers.",
      ),
    );
  }
  const { headers } = await knock(wire, exam.begin, { headers: { origin } });
  const exposed = names(headers["access-control-expose-headers"]);
  const hidden = ["mcp-session-id", "www-authenticate"].filter(
    (name) => !exposed.includes(name) && !exposed.includes("*"),
  );
  if (headers["access-control-allow-origin"] === undefined) {
    findings.push(
      CORS.error(
        `The preflight lets pages of ${printable(origin)} in, and the answer itself has no Access-Control-Allow-Origin.`,
        "Send the header with every answer, also with errors.",
      ),
    );
  } else if (hidden.length > 0) {
    findings.push(
      CORS.warning(
        `Pages of ${printable(origin)} cannot read ${hidden.join(", ")}.`,
        "Name these headers in Access-Control-Expose-Headers.",
      ),
    );
  }
  return findings.length > 0 ? findings : [CORS.fine(`Pages of ${printable(origin)} may call the server.`)];
}

function names(header: unknown): string[] {
  return String(header ?? "")
    .split(",")
    .map((name) => name.trim().toLowerCase());
}
