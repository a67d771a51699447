import type { Tap } from "./tapping-proxy.ts";

/**
 * Every command is a round trip of its own, also when several are sent together.
 * @see https://redis.io/docs/latest/develop/reference/protocol-spec/#sending-commands-to-a-redis-server
 */
export class RedisTap implements Tap {
  #rest = "";

  read(bytes: Buffer): string[] {
    this.#rest += bytes.toString("latin1");
    const names: string[] = [];
    for (;;) {
      const command = readCommand(this.#rest);
      if (command === undefined) return names;
      names.push(command.name);
      this.#rest = this.#rest.slice(command.end);
    }
  }
}

/** The first command, when all of it is there. */
function readCommand(text: string): { name: string; end: number } | undefined {
  const head = /^\*(\d+)\r\n/.exec(text);
  if (head === null) {
    if (text !== "" && !/^\*\d*\r?$/.test(text)) throw new Error(`This is no command: ${text.slice(0, 100)}`);
    return undefined;
  }
  let end = head[0].length;
  let name = "";
  for (let part = 0; part < Number(head[1]); part++) {
    const length = /^\$(\d+)\r\n/.exec(text.slice(end, end + 20));
    if (length === null) return undefined;
    const begin = end + length[0].length;
    end = begin + Number(length[1]) + 2;
    if (end > text.length) return undefined;
    if (part === 0) name = text.slice(begin, end - 2).toUpperCase();
  }
  return { name, end };
}
