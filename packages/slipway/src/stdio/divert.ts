/**
 * Keeps standard output for protocol messages: whatever else the program writes there, by `console.log` or
 * otherwise, goes to standard error.
 * @returns how to write to standard output nevertheless, and how to undo it
 */
export function divertStdout(): { write: (text: string) => boolean; restore: () => void } {
  const { stdout, stderr } = process;
  const original = stdout.write;
  stdout.write = stderr.write.bind(stderr) as typeof stdout.write;
  return {
    write: (text) => original.call(stdout, text),
    restore: () => {
      stdout.write = original;
    },
  };
}
