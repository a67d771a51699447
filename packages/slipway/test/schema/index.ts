import { readFileSync } from "node:fs";
import { type OutputUnit, type Schema, Validator } from "@cfworker/json-schema";
import { isResponse, type Message } from "../support/messages.ts";

/** The keywords that the revisions' schemas use and that matter here. */
interface Definition {
  readonly $ref?: string;
  readonly properties?: { readonly [name: string]: Definition };
  readonly anyOf?: readonly Definition[];
  readonly items?: Definition;
  readonly additionalProperties?: Definition | boolean;
}

/** What the result of a method is called in the schema. */
const RESULTS: { readonly [method: string]: string } = {
  initialize: "InitializeResult",
  ping: "EmptyResult",
  "tools/list": "ListToolsResult",
  "tools/call": "CallToolResult",
  "resources/list": "ListResourcesResult",
  "resources/templates/list": "ListResourceTemplatesResult",
  "resources/read": "ReadResourceResult",
  "resources/subscribe": "EmptyResult",
  "resources/unsubscribe": "EmptyResult",
  "prompts/list": "ListPromptsResult",
  "prompts/get": "GetPromptResult",
  "completion/complete": "CompleteResult",
  "logging/setLevel": "EmptyResult",
  "server/discover": "DiscoverResult",
  "subscriptions/listen": "SubscriptionsListenResult",
};

/** The schema of one revision of the protocol. */
export class RevisionSchema {
  readonly #root: { readonly [keyword: string]: unknown };
  readonly #definitions: { readonly [name: string]: Definition };
  readonly #prefix: string;
  /** By what they hold values to, since a validator reads the whole schema when it is made. */
  readonly #validators = new Map<Definition | string, Validator>();

  constructor(revision: string) {
    this.#root = JSON.parse(readFileSync(new URL(`${revision}.json`, import.meta.url), "utf8"));
    const member = "$defs" in this.#root ? "$defs" : "definitions";
    this.#definitions = this.#root[member] as { [name: string]: Definition };
    this.#prefix = `#/${member}/`;
  }

  /**
   * What is wrong with a message that a server sent: what the schema forbids, and members that it does not name.
   * @param method of the request that it answers, where it is a response
   */
  problemsOf(message: Message, method?: string): string[] {
    if (!isResponse(message)) {
      const union = message.id === undefined ? "ServerNotification" : "ServerRequest";
      const envelope = message.id === undefined ? "JSONRPCNotification" : "JSONRPCRequest";
      return [...this.#invalid(envelope, message), ...this.check(union, this.#bare(message))];
    }
    if (message.error !== undefined) {
      return this.check(
        this.#definitions["JSONRPCErrorResponse"] ? "JSONRPCErrorResponse" : "JSONRPCError",
        message,
      );
    }
    const envelope = this.#definitions["JSONRPCResultResponse"] ? "JSONRPCResultResponse" : "JSONRPCResponse";
    const asks = message.result?.resultType === "input_required";
    const name = asks ? "InputRequiredResult" : RESULTS[method ?? ""];
    if (name === undefined) throw new Error(`The schema names no result of ${method}.`);
    return [...this.#invalid(envelope, message), ...this.check(name, message.result)];
  }

  /** What is wrong with a value that should be one of the schema's definitions. */
  check(name: string, value: unknown): string[] {
    const invalid = this.#invalid(name, value);
    return invalid.length > 0 ? invalid : this.#unknown({ $ref: this.#prefix + name }, value, name);
  }

  #invalid(name: string, value: unknown): string[] {
    return this.#errors({ $ref: this.#prefix + name }, value).map(
      ({ instanceLocation, error }) => `${name}${instanceLocation.slice(1)}: ${error}`,
    );
  }

  #errors(definition: Definition, value: unknown): OutputUnit[] {
    const key = definition.$ref ?? definition;
    let validator = this.#validators.get(key);
    if (validator === undefined) {
      const draft = this.#prefix === "#/$defs/" ? "2020-12" : "7";
      validator = new Validator({ ...this.#root, ...definition } as unknown as Schema, draft, false);
      this.#validators.set(key, validator);
    }
    return validator.validate(value).errors;
  }

  /** Members that no definition names, as paths. The value is valid. */
  #unknown(definition: Definition, value: unknown, path: string): string[] {
    if (definition.$ref !== undefined) {
      const target = this.#definitions[definition.$ref.slice(this.#prefix.length)];
      return this.#unknown(target as Definition, value, path);
    }
    if (definition.anyOf !== undefined) {
      const fitting = definition.anyOf.filter((option) => this.#errors(option, value).length === 0);
      const lists = fitting.map((option) => this.#unknown(option, value, path));
      return lists.sort((a, b) => a.length - b.length)[0] ?? [];
    }
    if (Array.isArray(value)) {
      const { items } = definition;
      return items === undefined
        ? []
        : value.flatMap((item, i) => this.#unknown(items, item, `${path}/${i}`));
    }
    if (typeof value !== "object" || value === null) return [];
    return Object.entries(value).flatMap(([name, member]) =>
      this.#unknownMember(definition, name, member, `${path}/${name}`),
    );
  }

  #unknownMember(definition: Definition, name: string, value: unknown, path: string): string[] {
    // A JSON Schema may have any keyword.
    if (name === "inputSchema" || name === "outputSchema") return [];
    const own = definition.properties?.[name];
    if (own !== undefined) return this.#unknown(own, value, path);
    const { additionalProperties } = definition;
    if (typeof additionalProperties === "object") return this.#unknown(additionalProperties, value, path);
    // An object without named members may have any.
    if (additionalProperties === true || definition.properties === undefined) return [];
    return [`${path} is not part of the revision`];
  }

  /** Before 2025-11-25 the definitions of single requests and notifications leave the envelope out. */
  #bare(message: Message): object {
    if (this.#definitions["JSONRPCResultResponse"] !== undefined) return message;
    const { jsonrpc: _, id: __, ...rest } = message;
    return rest;
  }
}
