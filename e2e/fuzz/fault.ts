/** What a case showed that must never be. */
export class Fault extends Error {
  override readonly name = "Fault";
}

export function fault(what: string, ...shown: readonly unknown[]): never {
  const details = shown.map((each) => (typeof each === "string" ? each : JSON.stringify(each)));
  throw new Fault([what, ...details.map((each) => each?.slice(0, 1_500))].join("\n    "));
}
