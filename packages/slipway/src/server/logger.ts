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

/** The same logger, except that what goes wrong in it cannot go wrong elsewhere. */
export function careful(logger: Logger): Logger {
  const at =
    (level: keyof Logger) =>
    (message: string, ...details: unknown[]): void => {
      try {
        logger[level](message, ...details);
      } catch {
        // A log that fails is no reason for a call to fail, and there is nowhere to report it.
      }
    };
  return { error: at("error"), warn: at("warn"), info: at("info"), debug: at("debug") };
}
