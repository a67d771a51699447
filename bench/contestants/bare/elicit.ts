import { serveElicitation } from "./elicitation.ts";

/** What the client carries, readable and unprotected. */
serveElicitation({
  seal: (state) => Buffer.from(state).toString("base64url"),
  open: (text) => Buffer.from(text, "base64url").toString(),
});
