import { type NodeCrypto, nodeCrypto } from "./node-crypto.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

type Bytes = Uint8Array<ArrayBuffer>;

/** AES-256-GCM of text under one key. The tag, of 16 bytes, follows the sealed bytes. */
export interface Cipher {
  encrypt(iv: Bytes, text: string, bound: string): Bytes | Promise<Bytes>;
  /** Throws, or rejects, when the bytes are not those that were sealed, or are bound to something else. */
  decrypt(iv: Bytes, sealed: Bytes, bound: string): string | Promise<string>;
}

/** Derives keys from secrets, by HKDF with SHA-256, and makes ciphers of them. */
export interface CipherSuite {
  /** @param info what the derived bytes are for */
  derive(secret: string, info: string, bytes: number): Bytes | Promise<Bytes>;
  cipher(key: Bytes): Cipher | Promise<Cipher>;
}

/** What every runtime has. */
export const webCiphers: CipherSuite = {
  async derive(secret, info, bytes) {
    const { subtle } = crypto;
    const base = await subtle.importKey("raw", encoder.encode(secret), "HKDF", false, ["deriveBits"]);
    const algorithm = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info: encoder.encode(info) };
    return new Uint8Array(await subtle.deriveBits(algorithm, base, 8 * bytes));
  },
  async cipher(bytes) {
    const { subtle } = crypto;
    const key = await subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
    const algorithm = (iv: Bytes, bound: string) => ({
      name: "AES-GCM",
      iv,
      additionalData: encoder.encode(bound),
    });
    return {
      encrypt: async (iv, text, bound) =>
        new Uint8Array(await subtle.encrypt(algorithm(iv, bound), key, encoder.encode(text))),
      decrypt: async (iv, sealed, bound) =>
        decoder.decode(await subtle.decrypt(algorithm(iv, bound), key, sealed)),
    };
  },
};

const ALGORITHM = "aes-256-gcm";
const TAG_BYTES = 16;

/** The same in the calling thread, which costs so few bytes a fourth of what a job for another one does. */
export const nodeCiphers = nodeCrypto && suiteOf(nodeCrypto);

function suiteOf(node: NodeCrypto): CipherSuite {
  const options = { authTagLength: TAG_BYTES };
  return {
    derive: (secret, info, bytes) => {
      const salt = new Uint8Array(0);
      return new Uint8Array(
        node.hkdfSync("sha256", encoder.encode(secret), salt, encoder.encode(info), bytes),
      );
    },
    cipher: (bytes) => {
      const key = node.createSecretKey(bytes);
      return {
        encrypt(iv, text, bound) {
          const encryption = node.createCipheriv(ALGORITHM, key, iv, options);
          encryption.setAAD(encoder.encode(bound));
          // A counter mode: all of it comes at once.
          const sealed = encryption.update(text, "utf8");
          encryption.final();
          const out = new Uint8Array(sealed.length + TAG_BYTES);
          out.set(sealed);
          out.set(encryption.getAuthTag(), sealed.length);
          return out;
        },
        decrypt(iv, sealed, bound) {
          const end = sealed.length - TAG_BYTES;
          if (end < 0) throw new RangeError("What was sealed ends within its tag.");
          const decryption = node.createDecipheriv(ALGORITHM, key, iv, options);
          decryption.setAAD(encoder.encode(bound));
          decryption.setAuthTag(sealed.subarray(end));
          const plain = decryption.update(sealed.subarray(0, end));
          // Throws when the tag does not fit.
          decryption.final();
          return decoder.decode(plain);
        },
      };
    },
  };
}
