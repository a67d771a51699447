import type { IncomingMessage } from "node:http";
import { Instance, type Shared } from "./instance.ts";
import { type Answered, RoundRobin } from "./round-robin.ts";
import { until } from "./until.ts";

/** A request of a client, and the instance that it went to. */
export interface Served {
  readonly instance: Instance;
  /** In words. */
  readonly what: string;
  readonly lastEventId: string | undefined;
  /** Resolves when nothing more of the answer will reach the client. */
  readonly over: Promise<void>;
  /** Breaks the client's connection in mid-answer. */
  cut(): void;
}

/** Instances over one store, behind a proxy that hands each request to the next one. */
export class Fleet {
  readonly instances: readonly Instance[];
  readonly served: Served[] = [];
  kills = 0;
  readonly #proxy: RoundRobin;
  readonly #say: (line: string) => void;

  /** @param say is told what happens */
  static async start(names: readonly string[], shared: Shared, say: (line: string) => void): Promise<Fleet> {
    const instances: Instance[] = [];
    try {
      for (const name of names) instances.push(await Instance.start(name, shared));
      return new Fleet(instances, await RoundRobin.inFrontOf(instances.map(({ url }) => url.href)), say);
    } catch (error) {
      await Promise.all(instances.map((instance) => instance.kill()));
      throw error;
    }
  }

  private constructor(instances: readonly Instance[], proxy: RoundRobin, say: (line: string) => void) {
    this.instances = instances;
    this.#proxy = proxy;
    this.#say = say;
    proxy.onAnswer = (answered) => this.#note(answered);
  }

  get url(): URL {
    return new URL(this.#proxy.url);
  }

  /** The latest request of which this holds, among those from number `since` on; waits while there is none. */
  async latest(holds: (served: Served) => boolean, since: number): Promise<Served> {
    const find = () => this.served.slice(since).findLast(holds);
    await until(() => find() !== undefined);
    return find() as Served;
  }

  async kill(instance: Instance, why: string): Promise<void> {
    const { pid } = instance;
    await instance.kill();
    this.kills++;
    this.#say(`kill -9 ${pid}: ${instance.name}, ${why}`);
  }

  /** Starts what was killed, each at its old address. */
  async restart(): Promise<void> {
    for (const instance of this.instances) {
      if (instance.lives) continue;
      await instance.start();
      this.#say(`${instance.name} is started again, with pid ${instance.pid}`);
    }
  }

  async stop(): Promise<void> {
    this.#proxy.close();
    await Promise.all(this.instances.map((instance) => instance.kill()));
  }

  #note({ target, request, body, response }: Answered): void {
    const instance = this.instances.find(({ url }) => url.port === target.port) as Instance;
    const what = describe(request, body);
    this.served.push({
      instance,
      what,
      lastEventId: request.headers["last-event-id"]?.toString(),
      over: new Promise((resolve) => response.once("close", resolve)),
      cut: () => response.destroy(),
    });
    this.#say(`${instance.name} ← ${what}`);
  }
}

function describe({ method, headers }: IncomingMessage, body: string): string {
  if (method === "GET") return headers["last-event-id"] === undefined ? "listens" : "goes on with a stream";
  if (method === "DELETE") return "ends the session";
  const message = JSON.parse(body);
  if (message.method === undefined) return "the user's answer";
  if (message.method !== "tools/call") return message.method;
  const call = `tools/call ${message.params.name}`;
  return message.params.inputResponses === undefined ? call : `${call}, with the user's answer`;
}
