import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ARMS, connect, OUR_ARMS } from "../support/arms.ts";
import { Child } from "../support/child.ts";
import type { Notice, Peer } from "../support/peer.ts";
import { PeerSlipway } from "../support/peer-slipway.ts";
import type { PeerV2 } from "../support/peer-v2.ts";

let http: Child;
let url: URL;

beforeAll(async () => {
  http = new Child("e2e/support/atlas.ts");
  url = new URL((await http.says(/http:\S+/))[0]);
});

afterAll(() => http.stop());

/** The URI of a resource that no other test knows. */
const newUri = () => `city://XX/${crypto.randomUUID()}`;

/** Which resources a client was told of until it was told of `last`. */
async function updatesUntil(peer: Peer, last: string): Promise<(string | undefined)[]> {
  const end = await peer.notices.first(({ params }) => params?.uri === last);
  const told = peer.notices.all.slice(0, peer.notices.all.indexOf(end));
  return told.map(({ params }) => params?.uri).filter((uri) => uri !== undefined);
}

describe.each([...ARMS, ...OUR_ARMS])("$client over $transport", (arm) => {
  let peer: Peer;

  beforeAll(async () => {
    peer = await connect(arm, url);
  });

  beforeEach(() => {
    peer.notices.forget();
  });

  afterAll(() => peer.close());

  test("is told that the list of tools has changed, and lists it as it is now", async () => {
    const isListChanged = ({ method }: Notice) => method === "notifications/tools/list_changed";
    const names = async () => (await peer.listTools()).map(({ name }) => name);
    await peer.watch([]);
    await peer.call("toggle", { tool: "nearest", enabled: false });
    await peer.notices.first(isListChanged);
    expect(await names()).not.toContain("nearest");
    await expect(peer.call("nearest", { latitude: 0, longitude: 0 })).rejects.toMatchObject({ code: -32602 });
    peer.notices.forget();
    await peer.call("toggle", { tool: "nearest", enabled: true });
    await peer.notices.first(isListChanged);
    expect(await names()).toContain("nearest");
  });

  test("is told of changes of the resources that it subscribed to, and of no other", async () => {
    const [wanted, other, last] = [newUri(), newUri(), newUri()];
    await peer.watch([wanted, last]);
    for (const uri of [other, wanted, wanted, last]) await peer.call("touch", { uri });
    expect(await updatesUntil(peer, last)).toEqual([wanted, wanted]);
  });

  test("is told no more of a resource that it subscribed to no longer", async () => {
    const [former, last] = [newUri(), newUri()];
    await peer.watch([former, last]);
    await peer.watch([last]);
    for (const uri of [former, last]) await peer.call("touch", { uri });
    expect(await updatesUntil(peer, last)).toEqual([]);
  });

  // A process on stdio has one client.
  if (arm.transport !== "stdio") {
    test("is told of what it subscribed to, and another client of what that one did", async () => {
      const [own, others, last] = [newUri(), newUri(), newUri()];
      const other = await connect(arm, url);
      await peer.watch([own, last]);
      await other.watch([others, last]);
      for (const uri of [others, own, last]) await peer.call("touch", { uri });
      expect(await updatesUntil(peer, last)).toEqual([own]);
      expect(await updatesUntil(other, last)).toEqual([others]);
      await other.close();
    });
  }

  if (arm.era === "modern") {
    test("is told which of the wanted changes it will be told of", async () => {
      const uri = newUri();
      await peer.watch([uri]);
      const honored =
        peer instanceof PeerSlipway
          ? peer.subscription?.acknowledged
          : (peer as PeerV2).subscription?.honoredFilter;
      expect(honored).toEqual({
        toolsListChanged: true,
        resourceSubscriptions: [uri],
      });
    });
  }
});

test("a server that ends completes the subscriptions of its HTTP clients", async () => {
  const server = new Child("e2e/support/atlas.ts");
  const [address] = await server.says(/http:\S+/);
  const arm = { client: "client 2.x, 2026-07-28", transport: "http", era: "modern" } as const;
  const peer = (await connect(arm, new URL(address))) as PeerV2;
  await peer.watch([]);
  expect(await server.stop()).toBe(0);
  expect(await peer.subscription?.closed).toBe("graceful");
  await peer.close();
});

test("a server that ends tells its stdio client that the subscription is over", async () => {
  const arm = { client: "client 2.x, 2026-07-28", transport: "stdio", era: "modern" } as const;
  const peer = (await connect(arm, url)) as PeerV2;
  await peer.watch([]);
  process.kill((peer.client.transport as { pid?: number }).pid as number, "SIGTERM");
  // 2026-07-28 demands notifications/cancelled, and has the completion follow. This client reads only the first.
  expect(await peer.subscription?.closed).toBe("remote");
  await peer.close();
});
