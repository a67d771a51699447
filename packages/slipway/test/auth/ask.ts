import { type Authentication, HttpError, type Principal } from "slipway";

/** What became of a request: who calls, or how it is refused. */
export type Told =
  | { readonly principal: Principal | undefined }
  | {
      readonly status: number;
      readonly message: string;
      readonly challenges: string[];
      readonly nonce?: string;
    };

export interface Asking {
  readonly method?: string;
  readonly url?: string;
  readonly headers?: { readonly [name: string]: string };
}

export async function ask(
  auth: Authentication,
  { method = "POST", url = "/mcp", headers = {} }: Asking = {},
): Promise<Told> {
  try {
    const request = { method, url, headers: new Headers(headers), remoteAddress: undefined };
    return { principal: await auth.authenticate(request) };
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    const named = (name: string) => error.headers.flatMap(([key, value]) => (key === name ? [value] : []));
    const [nonce] = named("dpop-nonce");
    return {
      status: error.status,
      message: error.message,
      challenges: named("www-authenticate"),
      ...(nonce !== undefined && { nonce }),
    };
  }
}

export function bearer(auth: Authentication, token: string): Promise<Told> {
  return ask(auth, { headers: { authorization: `Bearer ${token}` } });
}

export async function statusOf(told: Promise<Told>): Promise<number> {
  const one = await told;
  return "status" in one ? one.status : 200;
}

export async function principalOf(told: Promise<Told>): Promise<Principal | undefined> {
  const one = await told;
  if ("status" in one) throw new Error(`Refused with ${one.status}: ${one.challenges.join(" ")}`);
  return one.principal;
}
