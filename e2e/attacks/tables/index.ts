import type { Attack } from "../attack.ts";
import { bounds } from "./bounds.ts";
import { brokenJson } from "./broken-json.ts";
import { duplicates } from "./duplicates.ts";
import { explodingSchemas } from "./exploding-schemas.ts";
import { headers } from "./headers.ts";
import { hugeJson } from "./huge-json.ts";
import { lineBreaks } from "./line-breaks.ts";
import { notMessages } from "./not-messages.ts";
import { paths } from "./paths.ts";
import { prototypeKeys } from "./prototype-keys.ts";
import { rebinding } from "./rebinding.ts";
import { requestSmuggling } from "./request-smuggling.ts";
import { sealedState } from "./sealed-state.ts";
import { secrets } from "./secrets.ts";
import { sessions } from "./sessions.ts";

/** All attacks, by subject. */
export const TABLES: { readonly [subject: string]: readonly Attack[] } = {
  "broken JSON": brokenJson,
  "huge and deep JSON": hugeJson,
  "JSON that is no message": notMessages,
  "members that come twice": duplicates,
  "names that every object has": prototypeKeys,
  headers,
  "smuggled requests": requestSmuggling,
  "smuggled line breaks": lineBreaks,
  "more than there is room for": bounds,
  "DNS rebinding": rebinding,
  "what belongs to another": sessions,
  "sealed state": sealedState,
  "schemas and values that explode": explodingSchemas,
  "ways out of a folder": paths,
  "secrets in errors": secrets,
};
