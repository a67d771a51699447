import { encodeHeaderValue } from "../protocol/eras/index.ts";
import { isObject } from "../protocol/jsonrpc.ts";
import { mcpParamHeaders, type ParamHeader } from "../protocol/schema/param-headers.ts";
import type { Tool } from "./types.ts";

interface Entry {
  readonly headers: readonly ParamHeader[];
  readonly taskSupport: "forbidden" | "optional" | "required";
}

/** What a client has to know of tools in order to call them, from the last time that they were listed. */
export class ToolBook {
  #entries = new Map<string, Entry>();

  /**
   * Takes note of tools, and leaves out those that must not be called.
   * @param mirrors whether arguments are repeated in headers
   * @param warn says which tool is left out, and why
   */
  take(tools: readonly Tool[], mirrors: boolean, warn: (message: string) => void): Tool[] {
    return tools.filter((tool) => {
      try {
        const headers = mirrors && isObject(tool.inputSchema) ? mcpParamHeaders(tool.inputSchema) : [];
        this.#entries.set(tool.name, { headers, taskSupport: tool.execution?.taskSupport ?? "forbidden" });
        return true;
      } catch (error) {
        warn(`The tool "${tool.name}" is left out: ${(error as Error).message}`);
        return false;
      }
    });
  }

  forget(): void {
    this.#entries.clear();
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  taskSupport(name: string): Entry["taskSupport"] | undefined {
    return this.#entries.get(name)?.taskSupport;
  }

  /**
   * The headers that repeat a call's arguments.
   * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#custom-headers-from-tool-parameters
   */
  headers(name: string, args: unknown): Record<string, string> {
    const headers: Record<string, string> = {};
    for (const { header, path, type } of this.#entries.get(name)?.headers ?? []) {
      const value = valueAt(args, path);
      // What is not of the type that is annotated, the server refuses for that.
      if (typeof value === (type === "integer" ? "number" : type))
        headers[header] = encodeHeaderValue(String(value));
    }
    return headers;
  }
}

function valueAt(root: unknown, path: readonly string[]): unknown {
  let value = root;
  for (const key of path) {
    if (!isObject(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}
