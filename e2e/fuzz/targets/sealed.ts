import fc from "fast-check";
import { RpcError } from "slipway";
import { RpcError as OwnRpcError } from "../../../packages/slipway/src/protocol/errors.ts";
import { Sealer } from "../../../packages/slipway/src/server/seal.ts";
import { fault } from "../fault.ts";
import { nastyString } from "../generate/nasty.ts";
import type { Target } from "../target.ts";

interface SealedCase {
  readonly value: string;
  readonly binding: string;
  /** What is done to the sealed text. */
  readonly change: "none" | "bit" | "cut" | "append" | "binding" | "replace" | "swap";
  readonly at: number;
  readonly text: string;
}

const SECRET = "the secret of the fuzzer, long enough to be one";
const OLD_SECRET = "an older secret of the fuzzer, as long as that";

/** Sealed state, as it was made and tampered with. */
export const sealed: Target<SealedCase> = {
  name: "sealed",
  share: 3,
  cases: fc.record({
    value: fc.oneof(
      fc.json({ maxDepth: 2 }),
      nastyString.map((text) => JSON.stringify(text)),
    ),
    binding: nastyString,
    change: fc.constantFrom("none", "bit", "bit", "cut", "append", "binding", "replace", "swap"),
    at: fc.nat(),
    text: nastyString,
  }),
  open: () => {
    const older = new Sealer({ secrets: [OLD_SECRET] });
    const sealer = new Sealer({ secrets: [SECRET, OLD_SECRET] });
    return {
      run: async ({ value, binding, change, at, text }) => {
        const state = await (at % 3 === 0 ? older : sealer).seal(JSON.parse(value), binding);
        const tampered = tamper(state, change, at, text);
        const bound = change === "binding" ? `${binding}${text} ` : binding;
        const same = tampered === state && bound === binding;
        const opened = await sealer.open(tampered, bound).then(
          (found) => ({ found }),
          (error: unknown) => ({ error }),
        );
        if ("found" in opened) {
          if (!same) fault("A sealed state opens after it was tampered with", state, tampered, change);
          if (JSON.stringify(opened.found) !== JSON.stringify(JSON.parse(value)))
            fault("A sealed state holds something else", value, opened.found);
        } else if (same || !isRefusal(opened.error)) {
          fault("A sealed state is refused wrongly", tampered, String(opened.error));
        }
      },
    };
  },
};

function isRefusal(error: unknown): boolean {
  const own = error instanceof RpcError || error instanceof OwnRpcError;
  return own && error.code === -32602 && error.message.startsWith('"requestState" cannot be continued here');
}

function tamper(state: string, change: SealedCase["change"], at: number, text: string): string {
  const place = at % state.length;
  switch (change) {
    case "bit": {
      const bytes = Buffer.from(state, "base64url");
      bytes[at % bytes.length] = (bytes[at % bytes.length] as number) ^ (1 << (at % 8));
      return bytes.toString("base64url");
    }
    case "cut":
      return state.slice(0, place);
    case "append":
      return state + text;
    case "replace":
      return text;
    case "swap":
      return state.slice(0, place) + state.slice(place).toUpperCase();
    default:
      return state;
  }
}
