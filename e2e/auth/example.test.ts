import { StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { expect, onTestFinished, test } from "vitest";
import { Child } from "../support/child.ts";
import { freePort } from "../support/free-port.ts";
import { PeerV2 } from "../support/peer-v2.ts";
import { Browser } from "./browser.ts";
import { ClientProvider } from "./client-provider.ts";

test("the example is protected, and the official client finds its way", async () => {
  const [port, issuerPort] = [await freePort(), await freePort()];
  const env = { PORT: String(port), ISSUER_PORT: String(issuerPort) };
  const child = new Child("examples/oauth/serve.ts", [], env);
  onTestFinished(async () => void (await child.stop()));
  const [url] = await child.says(/http:\S+(?=\s)/);
  const provider = new ClientProvider(new Browser(), { byDocument: false, refreshes: true });
  const open = () => new StreamableHTTPClientTransport(new URL(url), { authProvider: provider as never });
  const first = open();
  await expect(new PeerV2("auto").connect(first)).rejects.toThrow();
  await first.finishAuth((provider.callback as URL).searchParams);
  const peer = new PeerV2("auto");
  await peer.connect(open());
  onTestFinished(() => peer.close());
  expect(await peer.call("add_note", { text: "Buy milk." })).toMatchObject({
    content: [{ text: "Noted for ada." }],
  });
  expect(await peer.call("list_notes", {})).toMatchObject({ content: [{ text: "Buy milk." }] });
  expect(provider.asked).toEqual(["notes:read notes:write"]);
});
