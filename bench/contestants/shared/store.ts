/** Where the store is that the servers share. */
export const storeUrl = process.env["STORE"] ?? "";

/** Which client library the store is used with, where there are two. */
export const library = process.env["LIBRARY"] === "redis" ? "redis" : "ioredis";
