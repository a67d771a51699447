/** What no client may ever be told. */
export const SECRET = "hunter2-5f1c";

/** What a client gives by mistake, and nobody may write down: not even the server's log has it. */
export const GIVEN_SECRET = "swordfish-77aa";
