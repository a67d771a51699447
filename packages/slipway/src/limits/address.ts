import { Network, parseIp } from "./ip.ts";

/** What is known of where a request comes from. */
export interface AddressRequest {
  readonly headers: { get(name: string): string | null };
  /** The other end of the connection, where the runtime tells. */
  readonly remoteAddress: string | undefined;
}

/** Tells from where a request comes; `undefined` where that is not known. */
export type AddressOf = (request: AddressRequest) => string | undefined;

export interface ProxyOptions {
  /**
   * The header in which the proxies write for whom they ask. Others are not looked at, since a client may have
   * written them. Default: `x-forwarded-for`.
   */
  header?: "x-forwarded-for" | "forwarded";
}

/**
 * Finds the client behind proxies: the last address of the header that is no trusted proxy's. What a client itself
 * has written into the header is before that, and has no effect. Where a request comes from elsewhere than a
 * trusted proxy, its headers are not looked at.
 *
 * @param proxies addresses and networks of the proxies, such as `["10.0.0.0/8", "::1"]`
 * @throws TypeError when one of them is neither
 * @see https://www.rfc-editor.org/rfc/rfc7239#section-5.2
 */
export function trustedProxies(proxies: readonly string[], options: ProxyOptions = {}): AddressOf {
  const networks = proxies.map((proxy) => new Network(proxy));
  const isTrusted = (address: string): boolean => {
    const ip = parseIp(address);
    return ip !== undefined && networks.some((network) => network.has(ip));
  };
  const { header = "x-forwarded-for" } = options;
  const read = header === "forwarded" ? forwardedFor : listed;
  return ({ headers, remoteAddress }) => {
    let address = remoteAddress;
    if (address === undefined || !isTrusted(address)) return address;
    const chain = read(headers.get(header) ?? "");
    for (const hop of chain.reverse()) {
      // What cannot be read was not written by a proxy that can be trusted in this.
      if (hop === undefined) break;
      address = hop;
      if (!isTrusted(hop)) break;
    }
    return address;
  };
}

/** The addresses of `X-Forwarded-For`; `undefined` for what is none. */
function listed(value: string): (string | undefined)[] {
  return value === "" ? [] : value.split(",").map(addressIn);
}

/** Those of `Forwarded`. Obfuscated ones (`_x`) and `unknown` are none. */
function forwardedFor(value: string): (string | undefined)[] {
  if (value === "") return [];
  return value.split(",").map((element) => {
    const pair = element.split(";").find((part) => /^\s*for=/i.test(part));
    return pair === undefined ? undefined : addressIn(pair.slice(pair.indexOf("=") + 1));
  });
}

/** An address as proxies write it: with a port, in brackets, or in quotes. */
function addressIn(text: string): string | undefined {
  const bare = text.trim().replace(/^"(.*)"$/, "$1");
  const address = /^\[([^\]]+)\](:\d+)?$/.exec(bare)?.[1] ?? bare.replace(/^([^:]+):\d+$/, "$1");
  return parseIp(address) === undefined ? undefined : address;
}

/**
 * What is counted together: an address of IPv4, and of IPv6 the network of 64 bits, since whoever has one address
 * there has all.
 */
export function addressKey(address: string): string {
  if (!address.includes(":")) return address;
  const ip = parseIp(address);
  if (ip === undefined) return address;
  return ip.bits === 32 ? ipv4(ip.value) : `${(ip.value >> 64n).toString(16)}::/64`;
}

function ipv4(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join(".");
}
