import type { Requirement } from "../types.ts";

const page = "https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/subscriptions";
const specification = "https://modelcontextprotocol.io/specification/2026-07-28";

export const subscriptions: readonly Requirement[] = [
  {
    id: "2026-07-28/subscriptions/only-requested-types",
    level: "MUST",
    text: "Only notification types that the client requested are sent on a stream.",
    place: `${page}#opening-a-stream`,
    check:
      "For each of the four filter fields alone: everything changes on the server → only the notifications of that field arrive; false and absent mean no.",
  },
  {
    id: "2026-07-28/subscriptions/only-subscribed-uris",
    level: "MUST",
    implied: true,
    text: "Updates are sent only for the URIs that the client subscribed to.",
    place: `${specification}/schema#resourceupdatednotification`,
    check: "A listen for two URIs, updates of three → two notifications; the third URI is not sent.",
  },
  {
    id: "2026-07-28/subscriptions/acknowledged-first",
    level: "MUST",
    text: "The acknowledgment is the first message with the subscription's id, and nothing of the subscription is sent before it.",
    place: `${page}#acknowledgment`,
    check:
      "Changes fire while a listen opens (middleware holds it) → the first message is acknowledged; on stdio other subscriptions may be in between.",
  },
  {
    id: "2026-07-28/subscriptions/acknowledges-subset",
    level: "MUST",
    implied: true,
    text: "The acknowledgment names the subset that the server honours; what it does not support is left out.",
    place: `${page}#acknowledgment`,
    check:
      "A listen for all four fields on a server with tools only → notifications {toolsListChanged: true}.",
  },
  {
    id: "2026-07-28/subscriptions/graceful-end",
    level: "SHOULD",
    text: "A subscription that the server ends is answered with its completion result before the stream closes.",
    place: `${page}#graceful-closure`,
    check:
      'SIGTERM and close() with open listens on HTTP and stdio → each ends with a result with resultType "complete" and its id, then the stream closes.',
  },
  {
    id: "2026-07-28/subscriptions/end-carries-id",
    level: "MUST",
    implied: true,
    text: "The result that ends a subscription carries its `subscriptionId`.",
    place: `${page}#graceful-closure`,
    check: 'The closing result of listens with ids 7 and "seven" has _meta subscriptionId 7 and "seven".',
  },
];
