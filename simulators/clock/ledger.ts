/** What really happened at a clock: the truth that a database is compared with. */
import { formatDial } from "./local-time.ts";
import type { LogEntry } from "./log-memory.ts";

/** One punch that was made, as a reader should know it. */
export interface LedgerEntry {
  clock: string;
  device: number;
  user: string;
  /** The clock's own word, in its local time: `2026-11-23T08:59:58`. */
  deviceTime: string;
  type: number;
  /** 0 for the first of several alike in clock, user, device time and type. */
  ordinal: number;
  /** When it was really made, ms since 1970 UTC. */
  at: number;
  /** Whether the clock sent it live; what became of the frame on the line is another matter. */
  pushed: boolean;
}

export class Ledger {
  readonly #clock: string;
  readonly #device: number;
  readonly #entries: LedgerEntry[] = [];
  readonly #alike = new Map<string, number>();

  constructor(clock: string, device: number) {
    this.#clock = clock;
    this.#device = device;
  }

  get entries(): readonly LedgerEntry[] {
    return this.#entries;
  }

  add(made: LogEntry, at: number): LedgerEntry {
    const deviceTime = formatDial(made.dialMs);
    const key = `${made.user}|${deviceTime}|${made.type}`;
    const ordinal = this.#alike.get(key) ?? 0;
    this.#alike.set(key, ordinal + 1);
    const entry: LedgerEntry = {
      clock: this.#clock,
      device: this.#device,
      user: String(made.user),
      deviceTime,
      type: made.type,
      ordinal,
      at,
      pushed: false,
    };
    this.#entries.push(entry);
    return entry;
  }
}

/** The key by which a punch is known everywhere: clock, user, device time, type, ordinal. */
export function punchKey(punch: Pick<LedgerEntry, "clock" | "user" | "deviceTime" | "type" | "ordinal">): string {
  return [punch.clock, punch.user, punch.deviceTime, punch.type, punch.ordinal].join("|");
}

export interface LedgerComparison {
  made: number;
  found: number;
  /** Made at the clock and not found. */
  missing: string[];
  /** Found more than once. */
  doubled: string[];
  /** Found and never made. */
  invented: string[];
}

/** Compares what was made with what was found elsewhere: each once, none invented. */
export function compareWithLedger(
  made: readonly LedgerEntry[],
  found: readonly Omit<LedgerEntry, "at" | "pushed" | "device">[],
): LedgerComparison {
  const times = new Map<string, number>();
  for (const punch of found) times.set(punchKey(punch), (times.get(punchKey(punch)) ?? 0) + 1);
  const known = new Set(made.map(punchKey));
  return {
    made: made.length,
    found: found.length,
    missing: [...known].filter((key) => !times.has(key)),
    doubled: [...times].filter(([, count]) => count > 1).map(([key]) => key),
    invented: [...times.keys()].filter((key) => !known.has(key)),
  };
}
