import { isObject } from "../../../protocol/jsonrpc.ts";
import { onOneLine, printable } from "../../printable.ts";
import type { Exam } from "../exam.ts";
import { type Finding, Findings } from "../finding.ts";
import { knock } from "../knock.ts";
import type { Reply } from "../wire.ts";

const AUTHORIZATION = new Findings("authorization");
const METADATA = new Findings("authorization-metadata");
const ISSUER = new Findings("authorization-server");

const WELL_KNOWN = "/.well-known/oauth-protected-resource";

/** Whether a client that knows nothing but the address finds out how to be let in. */
export async function checkAuthorization(exam: Exam): Promise<Finding[]> {
  const { wire, opening, begin } = exam;
  const given = Object.keys(wire.credentials).length > 0;
  const anonymous = given ? await knock(wire, begin, { anonymous: true }) : opening;
  const findings: Finding[] = [];
  if (given && opening.status === 401) {
    const said = onOneLine(String(opening.headers["www-authenticate"] ?? opening.text)).slice(0, 300);
    findings.push(
      AUTHORIZATION.error(
        `The credentials are refused: ${said}`,
        "Get a token that is for this server and has not ended.",
      ),
    );
  }
  if (anonymous.status !== 401) {
    if (anonymous.status >= 400) {
      return [
        ...findings,
        AUTHORIZATION.skipped("The server refuses for other reasons before it asks who calls."),
      ];
    }
    return [...findings, AUTHORIZATION.note("The server wants no authorization to be talked to.")];
  }
  return [...findings, challenge(anonymous), ...(await metadata(exam, anonymous))];
}

/** @see https://www.rfc-editor.org/rfc/rfc9110#section-15.5.2 */
function challenge({ headers }: Reply): Finding {
  const header = headers["www-authenticate"];
  if (header === undefined) {
    return AUTHORIZATION.error(
      "The server answers 401 without WWW-Authenticate, so that clients cannot know how to be let in.",
      'Send WWW-Authenticate: Bearer resource_metadata="…", and let the proxy in front pass it on.',
    );
  }
  if (parameter(header, "resource_metadata") === undefined) {
    return AUTHORIZATION.note(
      "WWW-Authenticate does not say where the metadata is; clients look at the well-known addresses.",
      "Add resource_metadata to it.",
    );
  }
  return AUTHORIZATION.fine("The server answers 401, and says how to be let in.");
}

function parameter(header: string, name: string): string | undefined {
  return new RegExp(`\\b${name}="([^"]*)"`, "i").exec(header)?.[1];
}

/** Where clients look for the metadata, first to last. @see https://www.rfc-editor.org/rfc/rfc9728#section-3.1 */
function placesOf(url: URL, { headers }: Reply): URL[] {
  const named = parameter(headers["www-authenticate"] ?? "", "resource_metadata");
  const path = url.pathname === "/" ? "" : url.pathname.replace(/\/$/, "");
  const all = [
    ...(named !== undefined && URL.canParse(named) ? [new URL(named)] : []),
    new URL(WELL_KNOWN + path, url),
    new URL(WELL_KNOWN, url),
  ];
  return all.filter((one, at) => all.findIndex(({ href }) => href === one.href) === at);
}

async function metadata(exam: Exam, anonymous: Reply): Promise<Finding[]> {
  const places = placesOf(exam.url, anonymous);
  const tried: string[] = [];
  for (const url of places) {
    const document = await fetchJson(exam, url);
    if (isObject(document)) return judge(exam, url, document, tried);
    tried.push(`${url.href} (${document})`);
  }
  return [
    METADATA.error(
      `There is no metadata of the protected resource at ${tried.join(", ")}.`,
      "Serve it (RFC 9728), and let the proxy in front pass /.well-known/oauth-protected-resource on.",
    ),
  ];
}

/** @returns the object, or why there is none */
async function fetchJson({ wire }: Exam, url: URL): Promise<{ readonly [name: string]: unknown } | string> {
  try {
    const headers = { accept: "application/json" };
    const { status, text } = await wire.send({ method: "GET", url, headers, anonymous: true });
    if (status !== 200) return `status ${status}`;
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : "no JSON object";
  } catch (error) {
    return error instanceof SyntaxError ? "no JSON" : onOneLine((error as Error).message);
  }
}

async function judge(
  exam: Exam,
  url: URL,
  document: { readonly [name: string]: unknown },
  tried: readonly string[],
): Promise<Finding[]> {
  const findings: Finding[] = [];
  if (tried.length > 0) {
    findings.push(
      METADATA.warning(
        `The metadata is at ${printable(url.href)}, but not at ${printable(tried.join(", "))}, where clients look first.`,
        "Serve it at each of these addresses.",
      ),
    );
  }
  const { resource, authorization_servers: servers } = document;
  if (!isSameResource(resource, exam.url)) {
    findings.push(
      METADATA.error(
        `The metadata is about ${printable(String(resource))}, not about ${exam.url.href}: clients must refuse it.`,
        "Let the resource's identifier be the address by which clients reach the server, behind the proxy in front.",
      ),
    );
  }
  const issuers = Array.isArray(servers) ? servers.filter((one) => typeof one === "string") : [];
  if (issuers.length === 0) {
    findings.push(
      METADATA.error(
        "The metadata names no authorization server.",
        "Name at least one in authorization_servers.",
      ),
    );
  }
  if (findings.length === 0) findings.push(METADATA.fine(`The metadata is at ${printable(url.href)}.`));
  for (const issuer of issuers) findings.push(await checkIssuer(exam, issuer));
  return findings;
}

/** @see https://www.rfc-editor.org/rfc/rfc9728#section-3.3 */
function isSameResource(resource: unknown, url: URL): boolean {
  if (typeof resource !== "string" || !URL.canParse(resource)) return false;
  const { origin, pathname } = new URL(resource);
  const folder = pathname.endsWith("/") ? pathname : `${pathname}/`;
  return origin === url.origin && (url.pathname === pathname || `${url.pathname}/`.startsWith(folder));
}

/** @see https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization/authorization-server-discovery */
async function checkIssuer(exam: Exam, issuer: string): Promise<Finding> {
  const shown = printable(issuer);
  const reached = "Look whether the authorization server's address is right, and open to clients.";
  if (!URL.canParse(issuer)) return ISSUER.error(`The authorization server ${shown} is no URL.`, reached);
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, "");
  const places = [
    `/.well-known/oauth-authorization-server${path}`,
    `/.well-known/openid-configuration${path}`,
    `${path}/.well-known/openid-configuration`,
  ];
  const tried: string[] = [];
  for (const place of new Set(places)) {
    const document = await fetchJson(exam, new URL(place, origin));
    if (typeof document === "string") {
      tried.push(`${place} (${document})`);
      continue;
    }
    if (document["issuer"] !== issuer) {
      return ISSUER.error(
        `The metadata of ${shown} is that of ${printable(String(document["issuer"]))}: clients must refuse it.`,
        "Let both name the issuer alike, to the last slash.",
      );
    }
    const methods = document["code_challenge_methods_supported"];
    if (!Array.isArray(methods) || !methods.includes("S256")) {
      return ISSUER.error(
        `The authorization server ${shown} does not say that it takes PKCE with S256: clients must refuse to go on.`,
        "Switch PKCE on, and let code_challenge_methods_supported say so.",
      );
    }
    const { registration_endpoint: endpoint, client_id_metadata_document_supported: documents } = document;
    if (endpoint === undefined && documents !== true) {
      return ISSUER.note(
        `The authorization server ${shown} takes neither client metadata documents nor registrations: only clients that it knows can log in.`,
      );
    }
    return ISSUER.fine(`The authorization server ${shown} can be found, and takes new clients.`);
  }
  return ISSUER.error(`The metadata of ${shown} cannot be had: ${printable(tried.join(", "))}.`, reached);
}
