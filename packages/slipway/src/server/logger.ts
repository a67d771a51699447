/** Where the server's own messages go. Any of `console`, `pino`, and the like fits. */
export interface Logger {
  error(message: string, ...details: unknown[]): void;
  warn(message: string, ...details: unknown[]): void;
  info(message: string, ...details: unknown[]): void;
  debug(message: string, ...details: unknown[]): void;
}

/** Errors and warnings on stderr, which stdio leaves free for it; nothing else. */
export const defaultLogger: Logger = {
  // biome-ignore lint/suspicious/noConsole: where there is no logger, stderr is the log
  error: (message, ...details) => console.error(message, ...details),
  // biome-ignore lint/suspicious/noConsole: the same
  warn: (message, ...details) => console.error(message, ...details),
  info: () => {},
  debug: () => {},
};
