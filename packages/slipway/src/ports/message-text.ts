let latest: unknown;
let text = "";

/**
 * The JSON text of a message. That of the latest one is remembered, since what is sent to a client is kept for it as
 * well: the message must not change in between.
 * @param known the text, where the caller has it
 * @throws TypeError when the message is nothing that JSON can hold
 */
export function messageText(message: unknown, known?: string): string {
  if (message !== latest) {
    const made = known ?? (JSON.stringify(message) as string | undefined);
    if (made === undefined) throw new TypeError(`Expected a JSON value as a message, got ${typeof message}.`);
    text = made;
    latest = message;
  }
  return text;
}
