import { spawn } from "node:child_process";

/** The program that opens an address, and what stands before that. */
const OPENERS: { readonly [platform: string]: readonly string[] } = {
  darwin: ["open"],
  win32: ["rundll32", "url.dll,FileProtocolHandler"],
};

/**
 * Opens an address as the user's system does it, without a shell.
 * @param browser the program to use, as `BROWSER` in the environment names it
 */
export async function openInBrowser(url: string, browser: string | undefined): Promise<void> {
  const [command, ...args] = browser ? [browser] : (OPENERS[process.platform] ?? ["xdg-open"]);
  const child = spawn(command as string, [...args, url], { stdio: "ignore", detached: true });
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", reject);
  });
  child.unref();
}
