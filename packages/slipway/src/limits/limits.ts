import { type Principal, principalKey } from "../ports/index.ts";
import { RpcError } from "../protocol/errors.ts";
import {
  type Call,
  defaultLogger,
  type Limits,
  type Logger,
  type Outcome,
  type RequestView,
} from "../server/index.ts";
import { type AddressOf, addressKey } from "./address.ts";
import { exceeded } from "./exceeded.ts";
import { InFlight, type InFlightOptions } from "./in-flight.ts";
import type { LimitStore } from "./limit-store.ts";
import { memoryLimits } from "./memory.ts";
import { PatientStore } from "./patience.ts";
import { checkQuota, PERIODS, type Quota, spanOf } from "./quota.ts";
import type { Rate } from "./rate.ts";
import { inTime } from "./time-out.ts";

/** What holds for one tool, besides all else. */
export interface ToolLimits {
  /** How often it is called, by all callers together. */
  readonly rate?: Rate;
  /** How often it is called by each caller. */
  readonly ratePerCaller?: Rate;
  /** How often it is called by each caller in a day or month. */
  readonly quota?: Quota;
  /** How long a call may take, in milliseconds, in place of the `timeoutMs` of all; `Infinity`: as long as it takes. */
  readonly timeoutMs?: number;
}

/** Every limit is off where it is left out. */
export interface LimitsOptions {
  /** How often requests come from one address, before anybody is authenticated. IPv6 is counted by networks of 64 bits. */
  readonly address?: Rate;
  /** How often requests come from one caller: a principal, an address where nobody is authenticated, a pipe on stdio. */
  readonly principal?: Rate;
  /** How often requests come from all principals of one tenant. */
  readonly tenant?: Rate;
  /** How many requests may come in a day or month of UTC. */
  readonly quotas?: { readonly principal?: Quota; readonly tenant?: Quota };
  /** What holds for single tools, by their names. */
  readonly tools?: { readonly [name: string]: ToolLimits };
  /** How many calls may be at work at once, in each instance. */
  readonly inFlight?: InFlightOptions;
  /**
   * How long a call may take, in milliseconds, without the time for which it waits for its client's answers. Then its
   * signal fires, and it is answered with an error, whatever its handler does. Tasks may take as long as they like.
   */
  readonly timeoutMs?: number;
  /** Where it is counted. Default: in this process's memory, each instance for itself. */
  readonly store?: LimitStore;
  /**
   * What happens while a shared store is away: `open`, each instance counts for itself; `closed`, requests are refused
   * with 503. Default: `open`, since limits protect a server, and its store's failure is not to end it.
   */
  readonly whenStoreAway?: "open" | "closed";
  /** How long a shared store may take to answer before it is taken for away, in milliseconds. Default: 250. */
  readonly storeTimeoutMs?: number;
  /**
   * Tells where a request comes from, as `trustedProxies` does behind proxies. Default: the other end of the connection.
   */
  readonly addressOf?: AddressOf;
  /** Default: warnings on stderr. */
  readonly logger?: Logger;
}

/**
 * Bounds how often, and how much at once, callers may ask of a server. One object may serve several transports, which
 * then count together.
 *
 * @example
 * const bounds = limits({ principal: perMinute(60), timeoutMs: 30_000 });
 * await serve(server, { limits: bounds });
 * @throws RangeError when a limit is not a positive number
 */
export function limits(options: LimitsOptions): Limits {
  return new ServerLimits(options);
}

class ServerLimits implements Limits {
  readonly #options: LimitsOptions;
  readonly #store: LimitStore;
  readonly #logger: Logger;
  readonly #tools: ReadonlyMap<string, ToolLimits>;
  readonly #inFlight: InFlight | undefined;
  readonly #addressOf: AddressOf;
  #addressUnknown = false;

  constructor(options: LimitsOptions) {
    const { store, whenStoreAway = "open", storeTimeoutMs = 250, logger = defaultLogger } = options;
    check(options);
    this.#options = options;
    this.#logger = logger;
    this.#store =
      store === undefined
        ? memoryLimits()
        : new PatientStore(store, { whenStoreAway, storeTimeoutMs, logger });
    this.#tools = new Map(Object.entries(options.tools ?? {}));
    this.#inFlight = options.inFlight && new InFlight(options.inFlight);
    this.#addressOf = options.addressOf ?? (({ remoteAddress }) => remoteAddress);
  }

  admitAddress(request: RequestView): void | Promise<void> {
    const { address: rate } = this.#options;
    if (rate === undefined) return;
    const address = this.#addressOf(request);
    if (address === undefined) return this.#tellOfUnknownAddress();
    return this.#take(`address:${addressKey(address)}`, rate, 1, "the rate of your address");
  }

  #tellOfUnknownAddress(): void {
    if (this.#addressUnknown) return;
    this.#addressUnknown = true;
    this.#logger.warn(
      "Callers whom nobody authenticates cannot be told apart, and are not limited each for itself: the runtime tells " +
        "no addresses. Give limits an addressOf.",
    );
  }

  admitCaller(
    principal: Principal | undefined,
    request: RequestView | undefined,
    count = 1,
  ): void | Promise<void> {
    const { principal: rate, tenant: tenantRate, quotas } = this.#options;
    if (rate === undefined && tenantRate === undefined && quotas === undefined) return;
    const caller = this.#callerOf(principal, request);
    const key = `caller:${caller}`;
    // The narrowest first, so that one who is held back takes nothing from the others of the tenant.
    return inTurn([
      rate && caller !== undefined && (() => this.#take(key, rate, count, "your rate")),
      () => this.#tenant(principal?.tenant, tenantRate, count),
      caller !== undefined && (() => this.#countAll(key, quotas?.principal, count, "your quota")),
      () => this.#tenantQuota(principal?.tenant, quotas?.tenant, count),
    ]);
  }

  #tenant(tenant: string | undefined, rate: Rate | undefined, count: number): void | Promise<void> {
    if (tenant === undefined || rate === undefined) return;
    return this.#take(`tenant:${tenant}`, rate, count, "the rate of your tenant");
  }

  #tenantQuota(tenant: string | undefined, quota: Quota | undefined, count: number): void | Promise<void> {
    if (tenant !== undefined)
      return this.#countAll(`tenant:${tenant}`, quota, count, "the quota of your tenant");
  }

  /**
   * Whom calls are counted for. Those whom nobody knows are told apart by their addresses; where the runtime tells none
   * they are not counted, as they would be held back for what others send.
   */
  #callerOf(principal: Principal | undefined, request: RequestView | undefined): string | undefined {
    if (principal !== undefined) return principalKey(principal);
    if (request === undefined) return "";
    const address = this.#addressOf(request);
    if (address !== undefined) return addressKey(address);
    this.#tellOfUnknownAddress();
    return undefined;
  }

  /** @throws RpcError */
  #take(key: string, rate: Rate, count: number, what: string): void | Promise<void> {
    return refused(this.#store.take(key, rate, count), what);
  }

  #countAll(key: string, quota: Quota | undefined, count: number, what: string): void | Promise<void> {
    const now = Date.now();
    return inTurn(
      PERIODS.map((period) => {
        const max = quota?.[period];
        if (max === undefined) return undefined;
        const { name, endsAt } = spanOf(period, now);
        return () =>
          refused(this.#store.count(`${key}:${name}`, max, endsAt, count), `${what} of a ${period}`);
      }),
    );
  }

  serve(call: Call, next: () => Outcome | Promise<Outcome>): Outcome | Promise<Outcome> {
    const tool = call.method === "tools/call" ? this.#tools.get(call.params?.["name"] as string) : undefined;
    try {
      const admitted = tool && this.#admitTool(tool, call);
      if (admitted === undefined) return this.#begin(call, tool, next);
      return admitted.then(() => this.#begin(call, tool, next)).catch(outcomeOf);
    } catch (error) {
      return outcomeOf(error);
    }
  }

  #admitTool({ rate, ratePerCaller, quota }: ToolLimits, call: Call): void | Promise<void> {
    const name = String(call.params?.["name"]);
    const caller = ratePerCaller || quota ? this.#callerOf(call.principal, call.request) : undefined;
    const key = `tool:${name}:${caller}`;
    const what = `of the tool "${name}"`;
    return inTurn([
      ratePerCaller && caller !== undefined && (() => this.#take(key, ratePerCaller, 1, `your rate ${what}`)),
      rate && (() => this.#take(`tool:${name}`, rate, 1, `the rate ${what}`)),
      caller !== undefined && (() => this.#countAll(key, quota, 1, `your quota ${what}`)),
    ]);
  }

  #begin(
    call: Call,
    tool: ToolLimits | undefined,
    next: () => Outcome | Promise<Outcome>,
  ): Outcome | Promise<Outcome> {
    const caller = this.#inFlight?.countsCallers ? this.#callerOf(call.principal, call.request) : undefined;
    this.#inFlight?.check(caller, call);
    const outcome = next();
    if (!(outcome instanceof Promise)) return outcome;
    this.#inFlight?.add(caller, call, outcome);
    const timeoutMs = tool?.timeoutMs ?? this.#options.timeoutMs ?? Number.POSITIVE_INFINITY;
    return timeoutMs === Number.POSITIVE_INFINITY ? outcome : inTime(call, outcome, timeoutMs);
  }
}

/** @throws RpcError when there is something to wait for */
function refused(waitMs: number | Promise<number>, what: string): void | Promise<void> {
  if (waitMs instanceof Promise) return waitMs.then((ms) => refused(ms, what));
  if (waitMs > 0) throw exceeded(what, waitMs);
}

type Check = (() => void | Promise<void>) | false | undefined;

/** One after the other, each only when those before it have passed. */
function inTurn(checks: readonly Check[]): void | Promise<void> {
  for (const [index, check] of checks.entries()) {
    const checked = check ? check() : undefined;
    if (checked instanceof Promise) return checked.then(() => inTurn(checks.slice(index + 1)));
  }
}

function outcomeOf(error: unknown): Outcome {
  if (error instanceof RpcError) return { kind: "error", error };
  throw error;
}

function check({ storeTimeoutMs, timeoutMs, quotas = {}, tools = {} }: LimitsOptions): void {
  checkMs("storeTimeoutMs", storeTimeoutMs);
  checkMs("timeoutMs", timeoutMs);
  for (const whose of ["principal", "tenant"] as const) checkQuota(quotas[whose] ?? {}, `quotas.${whose}`);
  for (const [name, tool] of Object.entries(tools)) {
    checkMs(`tools.${name}.timeoutMs`, tool.timeoutMs);
    checkQuota(tool.quota ?? {}, `tools.${name}.quota`);
  }
}

function checkMs(where: string, ms: number | undefined): void {
  if (ms === undefined || ms > 0) return;
  throw new RangeError(`${where}: expected a positive number of milliseconds, got ${String(ms)}.`);
}
