/** 128 random bits, as 32 characters of hexadecimal. */
export function randomId(): string {
  return crypto.randomUUID().replaceAll("-", "");
}
