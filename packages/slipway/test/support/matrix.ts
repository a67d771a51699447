export const transports = ["node", "fetch", "stdio"] as const;
export type Transport = (typeof transports)[number];

export const httpTransports = ["node", "fetch"] as const;

export const legacyRevisions = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"] as const;
const modernRevisions = ["2026-07-28"] as const;
export const revisions = [...modernRevisions, ...legacyRevisions] as const;
export type Revision = (typeof revisions)[number];

/** One way to reach a server, as the rows of `describe.each`. */
export interface Way {
  readonly transport: Transport;
  readonly revision: Revision;
  readonly era: "modern" | "legacy";
}

/**
 * The rows for `describe.each(matrix(…))("$revision over $transport", (way) => …)`.
 * Default: both eras (each by its newest revision) over all transports.
 */
export function matrix(
  choice: { revisions?: readonly Revision[]; transports?: readonly Transport[] } = {},
): Way[] {
  const chosen = choice.revisions ?? (["2026-07-28", "2025-11-25"] as const);
  return chosen.flatMap((revision) =>
    (choice.transports ?? transports).map((transport) => ({ transport, revision, era: eraOf(revision) })),
  );
}

export function eraOf(revision: string): "modern" | "legacy" {
  return (modernRevisions as readonly string[]).includes(revision) ? "modern" : "legacy";
}
