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
import { Checks, type KeyOf } from "./checks.ts";
import { Generations } from "./generations.ts";
import { InFlight, type InFlightOptions } from "./in-flight.ts";
import type { LimitStore } from "./limit-store.ts";
import { memoryLimits } from "./memory.ts";
import { type NotificationRates, Pace } from "./pace.ts";
import { PatientStore } from "./patience.ts";
import { checkQuota, type Quota } from "./quota.ts";
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
  /** How many notifications a call may send. */
  readonly notifications?: NotificationRates;
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

/** Of so many addresses of IPv6 is remembered by what network they are counted. */
const MAX_ADDRESSES = 10_000;

interface BoundTool {
  readonly checks: Checks | undefined;
  /** Whether callers are told apart. */
  readonly perCaller: boolean;
  readonly timeoutMs: number | undefined;
}

class ServerLimits implements Limits {
  readonly #options: LimitsOptions;
  readonly #logger: Logger;
  readonly #address: Checks | undefined;
  readonly #caller: Checks | undefined;
  readonly #tools: ReadonlyMap<unknown, BoundTool>;
  readonly #inFlight: InFlight | undefined;
  readonly #addressOf: AddressOf;
  readonly #networks = new Generations<string>(MAX_ADDRESSES);
  #addressUnknown = false;

  constructor(options: LimitsOptions) {
    check(options);
    const { logger = defaultLogger, quotas, tools = {} } = options;
    const store = storeOf(options, logger);
    this.#options = options;
    this.#logger = logger;
    this.#address = new Checks(store)
      .rate("address", options.address, "the rate of your address", callerOf)
      .orNone();
    // The narrowest first, so that one who is held back takes nothing from the others of the tenant.
    this.#caller = new Checks(store)
      .rate("caller", options.principal, "your rate", callerOf)
      .rate("tenant", options.tenant, "the rate of your tenant", tenantOf)
      .quota("caller", quotas?.principal, "your quota", callerOf)
      .quota("tenant", quotas?.tenant, "the quota of your tenant", tenantOf)
      .orNone();
    this.#tools = new Map(Object.entries(tools).map(([name, tool]) => [name, boundTool(store, name, tool)]));
    this.#inFlight = options.inFlight && new InFlight(options.inFlight);
    this.#addressOf = options.addressOf ?? (({ remoteAddress }) => remoteAddress);
  }

  admitAddress(request: RequestView): void | Promise<void> {
    if (this.#address === undefined) return;
    const caller = this.#addressKey(request);
    if (caller !== undefined) return this.#address.run({ caller, tenant: undefined, count: 1 });
  }

  admitCaller(
    principal: Principal | undefined,
    request: RequestView | undefined,
    count = 1,
  ): void | Promise<void> {
    if (this.#caller === undefined) return;
    const caller = this.#callerOf(principal, request);
    return this.#caller.run({ caller, tenant: principal?.tenant, count });
  }

  /**
   * Whom requests are counted for. Those whom nobody knows are told apart by their addresses; where the runtime tells none
   * they are not counted, as they would be held back for what others send.
   */
  #callerOf(principal: Principal | undefined, request: RequestView | undefined): string | undefined {
    if (principal !== undefined) return principalKey(principal);
    return request === undefined ? "" : this.#addressKey(request);
  }

  #addressKey(request: RequestView): string | undefined {
    const address = this.#addressOf(request);
    if (address === undefined) return this.#tellOfUnknownAddress();
    if (!address.includes(":")) return address;
    return this.#networks.get(address) ?? this.#networks.add(address, addressKey(address));
  }

  #tellOfUnknownAddress(): undefined {
    if (this.#addressUnknown) return;
    this.#addressUnknown = true;
    this.#logger.warn(
      "Callers whom nobody authenticates cannot be told apart, and are not limited each for itself: the runtime tells " +
        "no addresses. Give limits an addressOf.",
    );
  }

  serve(call: Call, next: () => Outcome | Promise<Outcome>): Outcome | Promise<Outcome> {
    const tool = call.method === "tools/call" ? this.#tools.get(call.params?.["name"]) : undefined;
    try {
      const admitted = tool?.checks?.run({
        caller: tool.perCaller ? this.#callerOf(call.principal, call.request) : undefined,
        tenant: undefined,
        count: 1,
      });
      if (admitted === undefined) return this.#begin(call, tool, next);
      return admitted.then(() => this.#begin(call, tool, next)).catch(outcomeOf);
    } catch (error) {
      return outcomeOf(error);
    }
  }

  #begin(
    call: Call,
    tool: BoundTool | undefined,
    next: () => Outcome | Promise<Outcome>,
  ): Outcome | Promise<Outcome> {
    const caller = this.#inFlight?.countsCallers ? this.#callerOf(call.principal, call.request) : undefined;
    this.#inFlight?.check(caller, call);
    const { notifications } = this.#options;
    const pace = notifications && new Pace(call, notifications);
    const outcome = next();
    if (!(outcome instanceof Promise)) {
      pace?.finish();
      return outcome;
    }
    this.#inFlight?.add(caller, call, outcome);
    const timeoutMs = tool?.timeoutMs ?? this.#options.timeoutMs ?? Number.POSITIVE_INFINITY;
    const bounded = timeoutMs === Number.POSITIVE_INFINITY ? outcome : inTime(call, outcome, timeoutMs);
    return pace === undefined ? bounded : bounded.finally(() => pace.finish());
  }
}

const callerOf: KeyOf = ({ caller }) => caller;
const tenantOf: KeyOf = ({ tenant }) => tenant;
const everybody: KeyOf = () => "";

function boundTool(store: LimitStore, name: string, tool: ToolLimits): BoundTool {
  const { rate, ratePerCaller, quota, timeoutMs } = tool;
  const what = `of the tool "${name}"`;
  const each = `tool-caller:${name}`;
  const checks = new Checks(store)
    .rate(each, ratePerCaller, `your rate ${what}`, callerOf)
    .rate(`tool:${name}`, rate, `the rate ${what}`, everybody)
    .quota(each, quota, `your quota ${what}`, callerOf)
    .orNone();
  return { checks, perCaller: ratePerCaller !== undefined || quota !== undefined, timeoutMs };
}

function storeOf(options: LimitsOptions, logger: Logger): LimitStore {
  const { store, whenStoreAway = "open", storeTimeoutMs = 250 } = options;
  if (store === undefined) return memoryLimits();
  return new PatientStore(store, { whenStoreAway, storeTimeoutMs, logger });
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
