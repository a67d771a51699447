/** An IP address as a number, with the number of its bits: 32 or 128. */
export interface Ip {
  readonly value: bigint;
  readonly bits: 32 | 128;
}

/** An IPv4 or IPv6 address; one of IPv4 that is written as IPv6 (`::ffff:192.0.2.1`) is one of IPv4. */
export function parseIp(text: string): Ip | undefined {
  const address = text.split("%", 1)[0] as string;
  if (!address.includes(":")) {
    const value = parseIpv4(address);
    return value === undefined ? undefined : { value, bits: 32 };
  }
  const value = parseIpv6(address);
  if (value === undefined) return undefined;
  return value >> 32n === 0xffffn ? { value: value & 0xffff_ffffn, bits: 32 } : { value, bits: 128 };
}

function parseIpv4(text: string): bigint | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256))
    return;
  return parts.reduce((value, part) => value * 256n + BigInt(part), 0n);
}

function parseIpv6(text: string): bigint | undefined {
  const halves = withoutIpv4(text)?.split("::");
  if (halves === undefined || halves.length > 2) return;
  const [left = [], right = []] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const missing = 8 - left.length - right.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return;
  const groups = [...left, ...Array<string>(missing).fill("0"), ...right];
  if (!groups.every((group) => /^[\da-f]{1,4}$/i.test(group))) return;
  return groups.reduce((value, group) => value * 65_536n + BigInt(`0x${group}`), 0n);
}

/** `::ffff:192.0.2.1` as `::ffff:c000:201`. */
function withoutIpv4(text: string): string | undefined {
  const at = text.lastIndexOf(":") + 1;
  const last = text.slice(at);
  if (!last.includes(".")) return text;
  const value = parseIpv4(last);
  return value === undefined
    ? undefined
    : `${text.slice(0, at)}${(value >> 16n).toString(16)}:${(value & 0xffffn).toString(16)}`;
}

/** A network, such as `10.0.0.0/8`, `2001:db8::/32`, or a single address. */
export class Network {
  readonly #first: bigint;
  readonly #shift: bigint;
  readonly #bits: number;

  /** @throws TypeError when it is none */
  constructor(text: string) {
    const [address = "", length, ...rest] = text.split("/");
    const ip = parseIp(address);
    const size = length === undefined ? ip?.bits : /^\d{1,3}$/.test(length) ? Number(length) : undefined;
    if (ip === undefined || size === undefined || size > ip.bits || rest.length > 0) {
      throw new TypeError(`Expected an IP address or a network such as "10.0.0.0/8", got "${text}".`);
    }
    this.#bits = ip.bits;
    this.#shift = BigInt(ip.bits - size);
    this.#first = ip.value >> this.#shift;
  }

  has({ value, bits }: Ip): boolean {
    return bits === this.#bits && value >> this.#shift === this.#first;
  }
}
