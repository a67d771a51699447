/** What a project is to be. */
export interface Project {
  /** Also the package's. */
  readonly name: string;
  readonly transport: "http" | "stdio";
  readonly language: "ts" | "js";
  /** The library's version. */
  readonly version: string;
}

/** The file that exports the server. */
export function serverFileOf({ language }: Project): string {
  return `server.${language}`;
}

export function testFileOf({ language }: Project): string {
  return `server.test.${language}`;
}
