import { describe, expect, test } from "vitest";
import { FetchExchange } from "./fetch.ts";

const MIB = 1024 * 1024;

function post(body: BodyInit | null, init: RequestInit = {}): FetchExchange {
  return new FetchExchange(
    new Request("http://localhost/mcp", { method: "POST", body, duplex: "half", ...init } as RequestInit),
  );
}

function bodyOf(exchange: FetchExchange): Promise<string> {
  return new Promise((take, fail) => exchange.readBody(100, { take, fail }));
}

function inPieces(...pieces: Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull(controller) {
      const piece = pieces.shift();
      if (piece === undefined) controller.close();
      else controller.enqueue(piece);
    },
  });
}

describe("a body", () => {
  test("is text, however it comes", async () => {
    const bytes = new TextEncoder().encode("ü€😀");
    expect(await bodyOf(post("ü€😀"))).toBe("ü€😀");
    expect(await bodyOf(post(inPieces(...[...bytes].map((byte) => Uint8Array.of(byte)))))).toBe("ü€😀");
    expect(await bodyOf(post(null))).toBe("");
  });

  test("that is declared too long is refused unread", async () => {
    const exchange = post("{}", { headers: { "content-length": "101" } });
    await expect(bodyOf(exchange)).rejects.toMatchObject({ status: 413 });
  });

  test("that is too long is read no further", async () => {
    let pulled = 0;
    let cancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled++;
        controller.enqueue(new Uint8Array(40));
      },
      cancel() {
        cancelled = true;
      },
    });
    await expect(bodyOf(post(endless))).rejects.toMatchObject({ status: 413 });
    expect(cancelled).toBe(true);
    expect(pulled).toBeLessThan(6);
  });

  test.each([
    ["is not UTF-8", () => inPieces(Uint8Array.of(0xc3, 0x28))],
    ["ends within a character", () => inPieces(Uint8Array.of(0xe2, 0x82))],
    ["breaks off", () => new ReadableStream({ pull: (controller) => controller.error(new Error("reset")) })],
  ])("that %s is refused", async (_what, body) => {
    await expect(bodyOf(post(body()))).rejects.toMatchObject({ status: 400, code: -32700 });
  });

  test("that somebody else has read is an error of the program", async () => {
    const request = new Request("http://localhost/mcp", { method: "POST", body: "{}" });
    await request.text();
    await expect(bodyOf(new FetchExchange(request))).rejects.toThrow(/read already/);
  });
});

describe("a response", () => {
  test("may come in parts, and is one body", async () => {
    const exchange = post("{}");
    exchange.respond(200, [["x-a", "b"]], ["ü", Uint8Array.of(0xe2, 0x82, 0xac), "!"]);
    const response = await exchange.response;
    expect(await response.text()).toBe("ü€!");
    expect(response.headers.get("x-a")).toBe("b");
  });

  test("that is a stream is sent as it is written", async () => {
    const exchange = post("{}");
    const sink = exchange.stream([]);
    const reader = ((await exchange.response).body as ReadableStream<Uint8Array>).getReader();
    sink.write("a");
    expect(new TextDecoder().decode((await reader.read()).value)).toBe("a");
    sink.end();
    expect((await reader.read()).done).toBe(true);
  });

  test("that is cut off breaks, and does not end", async () => {
    const exchange = post("{}");
    let left = false;
    exchange.onClose(() => {
      left = true;
    });
    exchange.stream([]).abort();
    await expect((await exchange.response).text()).rejects.toThrow("cut off");
    expect(left).toBe(true);
  });

  test("counts what its reader has not taken, and tells when it has", async () => {
    const exchange = post("{}");
    const sink = exchange.stream([]);
    const reader = ((await exchange.response).body as ReadableStream<Uint8Array>).getReader();
    sink.write("x".repeat(MIB));
    sink.write("x".repeat(MIB));
    expect(sink.buffered).toBe(2 * MIB);
    let drained = false;
    const waits = sink.drained().then(() => {
      drained = true;
    });
    await reader.read();
    await new Promise((resolve) => setTimeout(resolve));
    expect([drained, sink.buffered]).toEqual([false, MIB]);
    await reader.read();
    await waits;
    expect(sink.buffered).toBe(0);
  });

  test("that nobody reads any more keeps nobody waiting", async () => {
    const exchange = post("{}");
    const sink = exchange.stream([]);
    const { body } = await exchange.response;
    sink.write("x".repeat(MIB));
    const waits = sink.drained();
    await body?.cancel();
    await waits;
    sink.write("more");
    expect(sink.buffered).toBe(0);
  });
});

describe("a client that goes away", () => {
  test.each(["its request", "the stream"])("is noticed by %s, once", async (by) => {
    const gone = new AbortController();
    const exchange = post("{}", { signal: gone.signal });
    let left = 0;
    exchange.onClose(() => left++);
    exchange.stream([]);
    const { body } = await exchange.response;
    if (by === "the stream") await body?.cancel();
    gone.abort();
    expect(left).toBe(1);
  });

  test("after the answer has ended is nothing to be noticed", async () => {
    const gone = new AbortController();
    const answered = post("{}", { signal: gone.signal });
    const streamed = post("{}", { signal: gone.signal });
    let left = 0;
    for (const exchange of [answered, streamed]) exchange.onClose(() => left++);
    answered.respond(200, []);
    streamed.stream([]).end();
    gone.abort();
    expect(left).toBe(0);
  });

  test("before anybody listens is noticed soon, but not while one begins to listen", async () => {
    const exchange = post("{}", { signal: AbortSignal.abort() });
    let left = 0;
    exchange.onClose(() => left++);
    expect(left).toBe(0);
    await Promise.resolve();
    expect(left).toBe(1);
    const sink = exchange.stream([]);
    sink.write("x".repeat(MIB));
    expect(sink.buffered).toBe(0);
  });

  test("leaves the runtime no promise to wait for", async () => {
    const gone = new AbortController();
    const exchange = post("{}", { signal: gone.signal });
    gone.abort();
    expect((await exchange.response).status).toBe(499);
    exchange.respond(200, []);
  });
});
