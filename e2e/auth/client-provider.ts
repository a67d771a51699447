import {
  CLIENT_METADATA_URL,
  clientMetadata,
  REDIRECT_URI,
  WITHOUT_REFRESH_URL,
} from "./authorization-server.ts";
import type { Browser } from "./browser.ts";

interface Tokens {
  access_token: string;
  refresh_token?: string;
  scope?: string;
  token_type: string;
}

/** What an application keeps for the official clients, which both ask for it in the same form. */
export class ClientProvider {
  readonly redirectUrl = REDIRECT_URI;
  readonly clientMetadataUrl?: string;
  readonly clientMetadata: ReturnType<typeof clientMetadata>;
  readonly #browser: Browser;
  /** Where the browser came back to. */
  callback: URL | undefined;
  saved: Tokens | undefined;
  #information: { client_id: string } | undefined;
  #verifier = "";
  /** Scopes that were asked for, by authorization requests. */
  readonly asked: string[] = [];

  constructor(browser: Browser, options: { byDocument: boolean; refreshes: boolean }) {
    this.#browser = browser;
    if (options.byDocument)
      this.clientMetadataUrl = options.refreshes ? CLIENT_METADATA_URL : WITHOUT_REFRESH_URL;
    this.clientMetadata = clientMetadata(options.refreshes);
  }

  state(): string {
    return "a state";
  }

  clientInformation() {
    return this.#information;
  }

  saveClientInformation(information: { client_id: string }): void {
    this.#information = information;
  }

  tokens() {
    return this.saved;
  }

  saveTokens(tokens: Tokens): void {
    this.saved = tokens;
  }

  saveCodeVerifier(verifier: string): void {
    this.#verifier = verifier;
  }

  codeVerifier(): string {
    return this.#verifier;
  }

  async redirectToAuthorization(url: URL): Promise<void> {
    // Clients of 2.x add what lets them refresh their token.
    const scopes = (url.searchParams.get("scope") ?? "").split(" ");
    this.asked.push(scopes.filter((scope) => scope !== "offline_access").join(" "));
    this.callback = await this.#browser.authorize(url, REDIRECT_URI);
  }
}
