import { ERROR_CODES } from "../../protocol/errors.ts";
import { onOneLine } from "../printable.ts";
import { type Finding, Findings } from "./finding.ts";
import { saidIn } from "./messages.ts";
import type { Reply } from "./wire.ts";

const REACH = new Findings("reach");
const HOST = new Findings("host");
const HEADERS = new Findings("request-headers");

/** What the first answer says, and whether it is of use to go on with further requests of the protocol. */
export interface Opened {
  readonly findings: readonly Finding[];
  readonly admitted: boolean;
}

export function unreachable(error: unknown): Finding {
  const why = onOneLine((error as Error).message);
  const tls = /certificate|self-signed|altname|issuer/i.test(why);
  return REACH.error(
    `The server cannot be reached: ${why}`,
    tls
      ? "Let the server send a certificate of its name with all those between, or trust its authority with NODE_EXTRA_CA_CERTS."
      : "Look whether the address is right, the server runs, and nothing in between keeps connections out.",
  );
}

export function judgeOpening(url: URL, opening: Reply): Opened {
  const { status, headers, text } = opening;
  const said = onOneLine(text).slice(0, 200);
  const stop = (finding: Finding): Opened => ({ findings: [finding], admitted: false });
  if (status >= 300 && status < 400) {
    const to = onOneLine(String(headers.location));
    return stop(
      REACH.error(
        `The address leads on to ${to} (status ${status}), where clients do not follow with a POST.`,
        `Give clients that address: slipway doctor ${to}`,
      ),
    );
  }
  if (status === 401) {
    return {
      findings: [REACH.fine(`${url.href} answers after ${opening.answer.headAfterMs} ms.`)],
      admitted: false,
    };
  }
  if (status === 403 && /\bhost\b/i.test(text)) {
    return stop(
      HOST.error(
        `The server refuses its own name ${url.host}: ${said}`,
        "Add the name to allowedHosts, or let the proxy in front pass on the Host that the server knows.",
      ),
    );
  }
  if (status === 403) {
    return stop(
      REACH.error(
        `The server refuses to answer (403): ${said}`,
        "Look into its log, and that of the proxy in front.",
      ),
    );
  }
  if (status === 429 || status >= 500) {
    const wait =
      headers["retry-after"] === undefined ? "" : `; it says to come again in ${headers["retry-after"]} s`;
    return stop(
      REACH.error(
        `The server answers ${status}${wait}: ${said}`,
        status === 502 || status === 504
          ? "The proxy in front does not reach the server: look whether that runs, and at its port."
          : "Look into the server's log, and at /ready.",
      ),
    );
  }
  const findings: Finding[] = [REACH.fine(`${url.href} answers after ${opening.answer.headAfterMs} ms.`)];
  const { error } = saidIn(opening) ?? {};
  if (error?.code === ERROR_CODES.HEADER_MISMATCH) {
    findings.push(
      HEADERS.error(
        `Something in between drops or changes headers of requests: ${onOneLine(String(error.message))}`,
        "Let the proxy in front pass Mcp-Method, Mcp-Name, Mcp-Param-* and MCP-Protocol-Version on as they are.",
      ),
    );
  }
  return { findings, admitted: true };
}
