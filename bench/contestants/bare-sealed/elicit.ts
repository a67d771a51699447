import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from "node:crypto";
import { serveElicitation } from "../bare/elicitation.ts";

const key = createSecretKey(randomBytes(32));

/** What the client carries, encrypted and signed in one thread, without leaving it. */
serveElicitation({
  seal: (state) => {
    const iv = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", key, iv);
    const body = Buffer.concat([cipher.update(state), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), body]).toString("base64url");
  },
  open: (text) => {
    const bytes = Buffer.from(text, "base64url");
    const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, 12));
    decipher.setAuthTag(bytes.subarray(12, 28));
    return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString();
  },
});
