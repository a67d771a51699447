import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ARMS, type Arm, connect, OUR_ARMS } from "../support/arms.ts";
import { Arrivals } from "../support/arrivals.ts";
import { Child } from "../support/child.ts";
import { CuttingProxy } from "../support/cutting-proxy.ts";
import type { Peer, Question } from "../support/peer.ts";
import { PeerSlipway } from "../support/peer-slipway.ts";
import type { PeerV2 } from "../support/peer-v2.ts";

const ZURICH = "city://CH/Z%C3%BCrich";

let http: Child;
let url: URL;
/** Reaches the server without the proxy. */
let bystander: Peer;
let proxy: CuttingProxy;
let peer: Peer;
let key: string;

beforeAll(async () => {
  http = new Child("e2e/support/atlas.ts");
  url = new URL((await http.says(/http:\S+/))[0]);
  bystander = await connect({ client: "client 2.x, 2026-07-28", transport: "http", era: "modern" }, url);
});

afterAll(async () => {
  await bystander.close();
  await http.stop();
});

function throughProxy(arm: Arm): void {
  beforeEach(async () => {
    key = crypto.randomUUID();
    proxy = await CuttingProxy.inFrontOf(url);
    peer = await connect(arm, proxy.url);
  });

  afterEach(async () => {
    await peer.close();
    await proxy.close();
  });
}

/** Begins a held call, and waits until the client has its first progress. */
async function beginHeldCall(ask = false) {
  const progress = new Arrivals<number>();
  const result = peer.call(
    "hold",
    { key, ask },
    { onProgress: (reported) => progress.add(reported.progress) },
  );
  result.catch(() => {});
  await progress.count(1);
  return { result, progress: progress.all };
}

// Over stdio there is no connection to lose but the server's process.
const overHttp = [...ARMS, ...OUR_ARMS].filter(({ transport }) => transport === "http");

describe.each(overHttp.filter(({ era }) => era === "legacy"))("$client over $transport", (arm) => {
  throughProxy(arm);

  test("resumes a call whose connection broke, and gets all that follows, once", async () => {
    const { result, progress } = await beginHeldCall();
    proxy.cut();
    await bystander.call("release", { key });
    expect(await result).toMatchObject({ content: [{ text: "released" }] });
    expect(progress).toEqual([1, 2]);
    expect(proxy.sent).toMatch(/^last-event-id: \S+\r$/im);
  });

  test("gets the result of a call that ended while the connection was away", async () => {
    const { result, progress } = await beginHeldCall();
    proxy.goAway();
    await bystander.call("release", { key });
    expect(await bystander.call("outcome", { key })).toMatchObject({ content: [{ text: "finished" }] });
    proxy.comeBack();
    expect(await result).toMatchObject({ content: [{ text: "released" }] });
    expect(progress).toEqual([1, 2]);
  });

  // The SDK's clients can resume a stream that has given them an event since the last break.
  test("gets the result of a call whose connection breaks again and again", async () => {
    const seen: number[] = [];
    const result = await peer.call(
      "climb",
      { key, steps: 4 },
      {
        onProgress({ progress }) {
          seen.push(progress);
          proxy.cut();
          void bystander.call("release", { key: `${key}-${progress}` });
        },
      },
    );
    expect(result).toMatchObject({ content: [{ text: "at the top" }] });
    expect(seen).toEqual([1, 2, 3, 4]);
  });

  test("is asked a question that came up while the connection was away, and answers it", async () => {
    const questions = new Arrivals<Question>();
    peer.answer = (question) => {
      questions.add(question);
      return { action: "accept", content: { sure: true } };
    };
    const { result } = await beginHeldCall(true);
    proxy.goAway();
    await bystander.call("release", { key });
    proxy.comeBack();
    expect(await result).toMatchObject({ content: [{ text: "released: accept" }] });
    expect(questions.all.map(({ message }) => message)).toEqual(["Go on?"]);
  });

  test("is told of a change that happened while the connection was away", async () => {
    await peer.watch([ZURICH]);
    proxy.goAway();
    await bystander.call("touch", { uri: ZURICH });
    proxy.comeBack();
    expect(await peer.notices.first(() => true)).toMatchObject({ params: { uri: ZURICH } });
    expect(peer.notices.all).toHaveLength(1);
  });
});

describe.each(overHttp.filter(({ era }) => era === "modern"))("$client over $transport", (arm) => {
  throughProxy(arm);

  // The SDK's client does not see that the response broke off: it waits until its time is over.
  test("loses a call whose connection broke, and the server stops it", async () => {
    await beginHeldCall();
    proxy.cut();
    expect(await bystander.call("outcome", { key })).toMatchObject({ content: [{ text: "stopped" }] });
  });

  test("gets its result by sending the call again", async () => {
    await beginHeldCall();
    proxy.cut();
    await bystander.call("outcome", { key });
    await bystander.call("release", { key });
    expect(await peer.call("hold", { key })).toMatchObject({ content: [{ text: "released" }] });
  });

  test("learns that its subscription broke, and opens another", async () => {
    await peer.watch([ZURICH]);
    proxy.cut();
    // Ours opens another by itself, and reports what may have changed meanwhile.
    if (peer instanceof PeerSlipway) {
      await peer.notices.count(2);
      const reported = peer.notices.all.map(({ method, params }) => params?.uri ?? method);
      expect(reported).toEqual(["notifications/tools/list_changed", ZURICH]);
      peer.notices.forget();
      await bystander.call("touch", { uri: ZURICH });
      expect(await peer.notices.first(() => true)).toMatchObject({ params: { uri: ZURICH } });
      return;
    }
    expect(await (peer as PeerV2).subscription?.closed).toBe("remote");
    await peer.watch([ZURICH]);
    await bystander.call("touch", { uri: ZURICH });
    expect(await peer.notices.first(() => true)).toMatchObject({ params: { uri: ZURICH } });
  });

  test("answers a question after the connection broke, since nothing waits for it", async () => {
    peer.answer = async () => {
      proxy.cut();
      // By the time of an answer from the server, the client knows that its connection is gone.
      await bystander.call("client", {});
      return { action: "accept", content: { format: "json", columns: ["name"] } };
    };
    const { content } = await peer.call("export", { country: "CH", limit: 1 });
    expect(content[1]?.resource).toMatchObject({ text: '[{"name":"Zürich"}]' });
  });
});

// Nothing can be resumed in HTTP+SSE: its connection is the session.
const overHttpSse = [...ARMS, ...OUR_ARMS].filter(({ transport }) => transport === "http+sse");

describe.each(overHttpSse)("$client over $transport", (arm) => {
  throughProxy(arm);

  test("loses a call whose connection broke, and the server stops it", async () => {
    await beginHeldCall();
    proxy.cut();
    expect(await bystander.call("outcome", { key })).toMatchObject({ content: [{ text: "stopped" }] });
  });
});
