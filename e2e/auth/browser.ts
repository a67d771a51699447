/** A user with a browser: follows redirects, keeps cookies, signs in and consents. */
export class Browser {
  readonly #cookies = new Map<string, string>();
  /** What the user was asked, in order. */
  readonly prompts: string[] = [];

  /** Opens a page for authorization, and gives the address at which the client is called back. */
  async authorize(start: URL, redirectUri: string): Promise<URL> {
    let url = start;
    let form: URLSearchParams | undefined;
    for (let step = 0; step < 20; step++) {
      const response = await this.#request(url, form);
      form = undefined;
      const location = response.headers.get("location");
      if (location !== null) {
        await response.body?.cancel();
        url = new URL(location, url);
        if (url.href.startsWith(redirectUri)) return url;
        continue;
      }
      const page = await response.text();
      const [, action] = /<form[^>]* action="([^"]+)"/.exec(page) ?? [];
      const [, prompt] = /name="prompt" value="([^"]+)"/.exec(page) ?? [];
      if (action === undefined || prompt === undefined) throw new Error(`No form at ${url.href}:\n${page}`);
      this.prompts.push(prompt);
      url = new URL(action, url);
      form = new URLSearchParams({ prompt, ...(prompt === "login" && { login: "ada", password: "any" }) });
    }
    throw new Error(`${start.href} leads nowhere.`);
  }

  async #request(url: URL, form: URLSearchParams | undefined): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(url, {
      redirect: "manual",
      headers: { cookie },
      ...(form !== undefined && { method: "POST", body: form }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === "") this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return response;
  }
}
