interface Stage {
  setAAD(bytes: Uint8Array): void;
  final(): Uint8Array;
}

interface Encryption extends Stage {
  update(text: string, encoding: "utf8"): Uint8Array;
  getAuthTag(): Uint8Array;
}

interface Decryption extends Stage {
  update(bytes: Uint8Array): Uint8Array;
  setAuthTag(tag: Uint8Array): void;
}

/** What is used of `node:crypto`. */
export interface NodeCrypto {
  hash?(algorithm: "sha256", text: string, encoding: "buffer"): Uint8Array;
  hkdfSync(
    digest: "sha256",
    secret: Uint8Array,
    salt: Uint8Array,
    info: Uint8Array,
    length: number,
  ): ArrayBuffer;
  createSecretKey(bytes: Uint8Array): object;
  createCipheriv(algorithm: string, key: object, iv: Uint8Array, options: object): Encryption;
  createDecipheriv(algorithm: string, key: object, iv: Uint8Array, options: object): Decryption;
}

/** Node's own cryptography, where the runtime has it: it does small work in the calling thread. */
export const nodeCrypto = find();

function find(): NodeCrypto | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } };
  const found = process?.getBuiltinModule?.("node:crypto") as Partial<NodeCrypto> | undefined;
  const whole = found?.hkdfSync && found.createSecretKey && found.createCipheriv && found.createDecipheriv;
  return whole === undefined ? undefined : (found as NodeCrypto);
}
