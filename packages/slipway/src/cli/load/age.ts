/** Under which the address of a module says how often it was loaded before, where it is loaded anew. */
export const AGE = "slipway-dev";

/** A text of Node's with addresses as the user knows them. */
export function withoutAge(text: string): string {
  return text.replaceAll(new RegExp(`\\?${AGE}=\\d+`, "g"), "");
}
