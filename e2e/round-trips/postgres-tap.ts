import type { Tap } from "./tapping-proxy.ts";

/**
 * A client waits for the server after each Sync, and after each simple Query: these end a round trip, and the server
 * answers each with one ReadyForQuery. It is named after the prepared statement that was bound in it.
 * @see https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY
 */
export class PostgresTap implements Tap {
  #rest: Buffer = Buffer.alloc(0);
  #started = false;
  #statement = "";

  read(bytes: Buffer): string[] {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    const names: string[] = [];
    for (;;) {
      // The first message has no type.
      const typeBytes = this.#started ? 1 : 0;
      if (this.#rest.length < typeBytes + 4) return names;
      const end = typeBytes + this.#rest.readInt32BE(typeBytes);
      if (this.#rest.length < end) return names;
      const type = this.#started ? this.#rest.toString("latin1", 0, 1) : "start";
      if (type === "B") this.#statement = statementOf(this.#rest.subarray(typeBytes + 4, end));
      if (type === "S") names.push(this.#statement);
      if (type === "Q") names.push("Query");
      this.#started = true;
      this.#rest = this.#rest.subarray(end);
    }
  }
}

/** The second name in a Bind; the first one is the portal's. */
function statementOf(bind: Buffer): string {
  return bind.toString("latin1").split("\0")[1] ?? "";
}
