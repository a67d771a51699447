import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ARMS, connect, OUR_ARMS } from "../support/arms.ts";
import { Arrivals } from "../support/arrivals.ts";
import { Child } from "../support/child.ts";
import type { Answer, Peer, Progress, Question } from "../support/peer.ts";

let http: Child;
let url: URL;

beforeAll(async () => {
  http = new Child("e2e/support/atlas.ts");
  url = new URL((await http.says(/http:\S+/))[0]);
});

afterAll(() => http.stop());

describe.each([...ARMS, ...OUR_ARMS])("$client over $transport", (arm) => {
  let peer: Peer;
  let questions: Arrivals<Question>;

  const answerWith = (answer: Answer) => {
    peer.answer = (question) => {
      questions.add(question);
      return answer;
    };
  };

  beforeAll(async () => {
    peer = await connect(arm, url);
  });

  beforeEach(() => {
    questions = new Arrivals();
  });

  afterAll(() => peer.close());

  describe("progress", () => {
    /** Calls a tool that reports a step, and takes the next one only after the client has seen it. */
    const climb = async (steps: number) => {
      const key = crypto.randomUUID();
      const seen: Progress[] = [];
      const result = await peer.call(
        "climb",
        { key, steps },
        {
          onProgress(progress) {
            seen.push(progress);
            void peer.call("release", { key: `${key}-${progress.progress}` });
          },
        },
      );
      return { seen, result };
    };

    test("of a call reaches the client while the call goes on", async () => {
      const { seen, result } = await climb(3);
      expect(seen).toEqual([
        { progress: 1, total: 3, message: "1 of 3" },
        { progress: 2, total: 3, message: "2 of 3" },
        { progress: 3, total: 3, message: "3 of 3" },
      ]);
      expect(result.content).toEqual([{ type: "text", text: "at the top" }]);
    });

    test("of calls at the same time reaches the call that it belongs to", async () => {
      const climbs = await Promise.all([climb(2), climb(3)]);
      expect(climbs.map(({ seen }) => seen.map(({ progress, total }) => [progress, total]))).toEqual([
        [
          [1, 2],
          [2, 2],
        ],
        [
          [1, 3],
          [2, 3],
          [3, 3],
        ],
      ]);
    });

    const places = [2657896, { latitude: 0, longitude: 0 }, { latitude: -90, longitude: 0 }];

    test("is not needed: a client that does not ask for it gets the result alone", async () => {
      const result = await peer.call("distances", { from: places, to: [2657896] });
      expect(result.structuredContent).toEqual({ kilometres: [[0], [5331.814], [15274.477]] });
    });

    // On the other transports the SDK's clients drop progress that arrives in one piece with the result.
    if (arm.transport === "http") {
      test("comes before the result, complete, however fast the call is", async () => {
        const seen: unknown[] = [];
        await peer.call(
          "distances",
          { from: places, to: places },
          { onProgress: ({ progress, total }) => seen.push([progress, total]) },
        );
        expect(seen).toEqual([
          [1, 3],
          [2, 3],
          [3, 3],
        ]);
      });
    }
  });

  describe("a question to the user", () => {
    test("shows a form with a choice, a choice of several, and their defaults", async () => {
      answerWith({ action: "decline" });
      await peer.call("export", { country: "CH" });
      expect(questions.all).toHaveLength(1);
      expect(questions.all[0]).toMatchObject({
        message: "Export 1000 cities of Switzerland?",
        requestedSchema: {
          type: "object",
          properties: {
            format: { type: "string", enum: ["csv", "json", "geojson"], default: "csv" },
            columns: {
              type: "array",
              items: { type: "string", enum: expect.arrayContaining(["name", "population"]) },
              minItems: 1,
              default: ["name", "population", "latitude", "longitude"],
            },
          },
        },
      });
    });

    test("is answered by what the user chose", async () => {
      answerWith({ action: "accept", content: { format: "json", columns: ["name", "capital"] } });
      const { content } = await peer.call("export", { country: "CH", limit: 2 });
      expect(content).toEqual([
        { type: "text", text: "2 cities as json: name, capital." },
        {
          type: "resource",
          resource: {
            uri: "atlas://exports/CH.json",
            mimeType: "application/json",
            text: JSON.stringify([
              { name: "Zürich", capital: false },
              { name: "Genève", capital: false },
            ]),
          },
        },
      ]);
    });

    test("is answered by its defaults where the user chose nothing", async () => {
      answerWith({ action: "accept", content: {} });
      const { content } = await peer.call("export", { country: "CH", limit: 1 });
      expect(content[1]).toMatchObject({
        resource: {
          uri: "atlas://exports/CH.csv",
          text: "name,population,latitude,longitude\r\nZürich,341730,47.36667,8.55\r\n",
        },
      });
    });

    test.each(["decline", "cancel"] as const)(
      "leaves all as it was when the user says %s",
      async (action) => {
        answerWith({ action });
        const result = await peer.call("export", { country: "CH" });
        expect(result.content).toEqual([
          { type: "text", text: "The user did not want it: nothing was exported." },
        ]);
      },
    );

    test("is not asked when the arguments are of no use", async () => {
      answerWith({ action: "accept", content: {} });
      const result = await peer.call("export", { country: "XX" });
      expect(result.isError).toBe(true);
      expect(questions.all).toEqual([]);
    });

    test("of two calls at the same time is answered for the call that asked", async () => {
      peer.answer = ({ message }) => ({
        action: "accept",
        content: { format: message.includes("France") ? "json" : "csv", columns: ["name"] },
      });
      const [french, swiss] = await Promise.all([
        peer.call("export", { country: "FR", limit: 1 }),
        peer.call("export", { country: "CH", limit: 1 }),
      ]);
      expect(french.content[1]?.resource).toMatchObject({ text: '[{"name":"Paris"}]' });
      expect(swiss.content[1]?.resource).toMatchObject({ text: "name\r\nZürich\r\n" });
    });
  });

  describe("a call that the client cancels", () => {
    test("is rejected for the client at once, and stops on the server", async () => {
      const key = crypto.randomUUID();
      const cancel = new AbortController();
      const call = peer.call("hold", { key }, { signal: cancel.signal, onProgress: () => cancel.abort() });
      await expect(call).rejects.toThrow(/abort/i);
      expect(await peer.call("outcome", { key })).toMatchObject({ content: [{ text: "stopped" }] });
    });

    test("leaves other calls of the client alone", async () => {
      const [gone, kept] = [crypto.randomUUID(), crypto.randomUUID()];
      const cancel = new AbortController();
      const begun = new Arrivals<string>();
      const other = peer.call("hold", { key: kept }, { onProgress: () => begun.add(kept) });
      await begun.count(1);
      const call = peer.call(
        "hold",
        { key: gone },
        { signal: cancel.signal, onProgress: () => cancel.abort() },
      );
      await expect(call).rejects.toThrow(/abort/i);
      await peer.call("outcome", { key: gone });
      await peer.call("release", { key: kept });
      expect(await other).toMatchObject({ content: [{ text: "released" }] });
    });

    // A modern call does not wait on the server for an answer, so there is nothing to withdraw.
    if (arm.era === "legacy") {
      test("has its question to the user withdrawn", async () => {
        const key = crypto.randomUUID();
        const cancel = new AbortController();
        peer.answer = (question) => {
          questions.add(question);
          return new Promise(() => {});
        };
        const call = peer.call("hold", { key, ask: true }, { signal: cancel.signal, onProgress: () => {} });
        call.catch(() => {});
        await peer.call("release", { key });
        const { withdrawn } = await questions.first(() => true);
        const told = new Promise((resolve) => withdrawn.addEventListener("abort", resolve, { once: true }));
        cancel.abort();
        await told;
        expect(await peer.call("outcome", { key })).toMatchObject({ content: [{ text: "stopped" }] });
      });
    }
  });
});
