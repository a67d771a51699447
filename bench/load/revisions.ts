/** The newest revision with handshake that every contestant speaks. */
export const LEGACY = "2025-06-18";

/** The revision without handshake. */
export const MODERN = "2026-07-28";

export const clientInfo = { name: "bench-client", version: "1.0.0" };
