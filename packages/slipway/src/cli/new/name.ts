/** npm installs no package that a project of the same name needs. */
const TAKEN = ["slipway", "zod", "typescript", "node_modules"];

/** What is wrong with a name; `undefined` where nothing is. */
export function problemOf(name: string): string | undefined {
  if (!/^[a-z0-9][a-z0-9._-]*$/.test(name)) {
    return `expected a name of a-z, 0-9, "-", "_" and "." that begins with a letter or digit, such as my-server, got "${name}".`;
  }
  if (name.length > 100) return "expected a name of at most 100 characters.";
  if (TAKEN.includes(name))
    return `"${name}" is the name of a package that the project needs. Choose another.`;
  return undefined;
}
