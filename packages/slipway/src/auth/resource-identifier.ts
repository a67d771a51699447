/**
 * An identifier of a protected resource in the form in which two are compared: scheme and host in lower case, without
 * a slash that stands alone. What is no URL is compared as it is.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization#canonical-server-uri
 */
export function canonical(identifier: string): string {
  if (!/^https?:/i.test(identifier) || !URL.canParse(identifier)) return identifier;
  const url = new URL(identifier);
  return url.pathname === "/" && url.search === "" ? url.origin : url.href;
}

/** Whether a token's `aud` names one of those that are meant here, given in canonical form. */
export function isMeantFor(audience: unknown, expected: ReadonlySet<string>): boolean {
  const named: unknown[] = Array.isArray(audience) ? audience : [audience];
  return named.some((one) => typeof one === "string" && expected.has(canonical(one)));
}

/** @throws TypeError when it is not an `http` or `https` URL without fragment */
export function checkedUrl(text: string, what: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || text.includes("#")) {
    throw new TypeError(`${what}: expected an https URL without a fragment, got "${text}".`);
  }
  return url;
}

const LOOPBACK = /^(localhost|[^.]+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * @throws TypeError when it is not an `https` URL, nor an `http` URL of this machine
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization/security-considerations#communication-security
 */
export function checkedServerUrl(text: string, what: string): URL {
  const url = checkedUrl(text, what);
  if (url.protocol === "https:" || LOOPBACK.test(url.hostname)) return url;
  throw new TypeError(`${what}: expected https, since it is not on this machine, got "${text}".`);
}
