import { setTimeout as pause } from "node:timers/promises";
import type { ClientInit } from "./client.ts";
import type { Seen } from "./history.ts";
import { LegacyClient } from "./legacy-client.ts";
import { ModernClient } from "./modern-client.ts";
import { randomFrom } from "./random.ts";

const SUBJECTS = ["ann", "bob", "cleo"];
const TOLD_WITHIN_MS = 30_000;

/** Clients of both eras, of three users. */
export interface Clients {
  readonly legacy: readonly LegacyClient[];
  readonly modern: readonly ModernClient[];
}

/** Two of three keep sessions. */
export async function openClients(count: number, init: Omit<ClientInit, "subject">): Promise<Clients> {
  const legacy: LegacyClient[] = [];
  const modern: ModernClient[] = [];
  for (let index = 0; index < count; index++) {
    const subject = SUBJECTS[index % SUBJECTS.length] ?? "";
    if (index % 3 === 2) modern.push(new ModernClient({ ...init, subject }));
    else legacy.push(new LegacyClient({ ...init, subject }));
  }
  for (const client of modern) client.listen();
  await Promise.all(legacy.map((client) => client.open()));
  return { legacy, modern };
}

/**
 * Has all clients call, one call after the other, until it is over.
 * @param pauseMs how long each waits at most before the next call
 */
export async function callAll(
  { legacy, modern }: Clients,
  seed: number,
  isOver: () => boolean,
  pauseMs = 200,
): Promise<void> {
  await Promise.all([
    ...legacy.map((client, index) => callAsLegacy(client, index, legacy, seed, isOver, pauseMs)),
    ...modern.map((client, index) => callAsModern(client, index, seed, isOver, pauseMs)),
  ]);
}

async function callAsLegacy(
  client: LegacyClient,
  index: number,
  all: readonly LegacyClient[],
  seed: number,
  isOver: () => boolean,
  pauseMs: number,
): Promise<void> {
  const random = randomFrom(seed + index);
  for (let nth = 0; !isOver(); nth++) {
    const key = `l${index}.${nth}`;
    const dice = random();
    if (dice < 0.35) await client.call(key, "count", 5 + Math.floor(random() * 30));
    else if (dice < 0.4) await client.call(key, "slow", 0);
    else if (dice < 0.95) await client.call(key, dice < 0.8 ? "ask" : "work", 0);
    else {
      const other = all[Math.floor(random() * all.length)];
      if (other !== undefined && other.subject !== client.subject) await client.tryAt(other);
    }
    await pause(random() * pauseMs);
  }
}

async function callAsModern(
  client: ModernClient,
  index: number,
  seed: number,
  isOver: () => boolean,
  pauseMs: number,
): Promise<void> {
  const random = randomFrom(seed - 1 - index);
  for (let nth = 0; !isOver(); nth++) {
    const key = `m${index}.${nth}`;
    const dice = random();
    if (dice < 0.25) await client.call(key, "count", 5 + Math.floor(random() * 30));
    else if (dice < 0.3) await client.call(key, "slow", 0);
    else await client.call(key, dice < 0.6 ? "ask" : "work", 0);
    await pause(random() * pauseMs);
  }
}

/** Changes something when all is quiet again: every client that watches it is told, wherever it listens. */
export async function watch({ legacy, modern }: Clients, seen: Seen[]): Promise<void> {
  const clients = [...legacy, ...modern];
  const before = clients.map(({ watcher }) => watcher.changes);
  const isTold = (client: (typeof clients)[number], index: number) =>
    client.watcher.changes > (before[index] ?? 0);
  for (const deadline = Date.now() + TOLD_WITHIN_MS; Date.now() < deadline; await pause(500)) {
    if (clients.every(isTold)) break;
    await legacy[0]?.touch();
  }
  for (const [index, client] of clients.entries()) {
    const { subject, watcher } = client;
    seen.push({ type: "watch", subject, told: isTold(client, index), strange: watcher.strange });
  }
}
