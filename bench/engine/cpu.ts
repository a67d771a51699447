import { readFileSync } from "node:fs";

/** The core of the servers, and the one of everything else. */
export const SERVER_CORE = 0;
export const LOAD_CORE = 1;

/** Ticks of a core since the machine started. */
interface Ticks {
  readonly busy: number;
  readonly total: number;
}

/** @see https://man7.org/linux/man-pages/man5/proc_stat.5.html */
export function parseCores(procStat: string): Ticks[] {
  return [...procStat.matchAll(/^cpu\d+ (.*)$/gm)].map(([, fields = ""]) => {
    const ticks = fields.trim().split(/\s+/).map(Number);
    const [user = 0, nice = 0, system = 0, idle = 0, ioWait = 0, irq = 0, softIrq = 0, steal = 0] = ticks;
    const busy = user + nice + system + irq + softIrq + steal;
    return { busy, total: busy + idle + ioWait };
  });
}

function readCores(): Ticks[] {
  try {
    return parseCores(readFileSync("/proc/stat", "utf8"));
  } catch {
    return [];
  }
}

/** Ticks in a second, in `/proc`. */
const TICKS = 100;

/** How long a process has had a core, in seconds; NaN where `/proc` does not tell. */
export function processSeconds(pid: number | undefined): number {
  try {
    return parseProcess(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return Number.NaN;
  }
}

/** @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
export function parseProcess(procPidStat: string): number {
  // The name of the program stands in brackets, and may hold anything.
  const fields = procPidStat.slice(procPidStat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** Measures how busy each core is from now on; empty where `/proc` does not tell. */
export function watchCores(): () => number[] {
  const before = readCores();
  return () =>
    readCores().map((now, core) => {
      const then = before[core] ?? { busy: 0, total: 0 };
      const total = now.total - then.total;
      return total === 0 ? 0 : (now.busy - then.busy) / total;
    });
}
