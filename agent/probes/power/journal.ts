/** What `journalctl` tells about boots, their ends, and sleep. Pure. */
import { cut, lines } from "../text.ts";

export interface JournalBoot {
  /** 32 hex digits. */
  bootId: string;
  firstMs: number;
  lastMs: number;
}

/** Message ids of systemd's own catalogue. */
const SHUTDOWN = "98268866d1d54a499c4e98921d93bc40";
const JOURNAL_STOP = "d93fb3c9c24d451a97cea615ce59c00b";
export const SLEEP_START = "6bbd95ee977941e497c48be27c254128";
export const SLEEP_STOP = "8811e6df2a8e40f58a94cea26f8ebf14";

/**
 * `journalctl --list-boots -o json` (TZ=UTC), oldest first. systemd before 251 ignores `-o json` here and prints
 * ` -1 0c9f... Sun 2026-11-22 00:01:12 UTC—Sun 2026-11-22 10:02:11 UTC`, later ones a table without the dash.
 */
export function parseListBoots(text: string): JournalBoot[] {
  const boots = text.trimStart().startsWith("[") ? fromJson(text) : fromTable(text);
  return boots.sort((a, b) => a.firstMs - b.firstMs);
}

function fromJson(text: string): JournalBoot[] {
  const rows = parseJson(text);
  if (!Array.isArray(rows)) return [];
  return rows.flatMap((row: Record<string, unknown>) => {
    const { boot_id: bootId, first_entry: first, last_entry: last } = row;
    if (typeof bootId !== "string" || typeof first !== "number" || typeof last !== "number") return [];
    return { bootId, firstMs: Math.floor(first / 1000), lastMs: Math.floor(last / 1000) };
  });
}

const BOOT_ROW =
  /^\s*-?\d+ ([0-9a-f]{32}) \w{3} ([\d-]{10} [\d:]{8}) UTC(?:\u2014|-|\s)+\w{3} ([\d-]{10} [\d:]{8}) UTC/;

function fromTable(text: string): JournalBoot[] {
  return lines(text).flatMap((line) => {
    const [, bootId = "", first = "", last = ""] = BOOT_ROW.exec(line) ?? [];
    if (bootId === "") return [];
    return {
      bootId,
      firstMs: Date.parse(`${first.replace(" ", "T")}Z`),
      lastMs: Date.parse(`${last.replace(" ", "T")}Z`),
    };
  });
}

interface JournalEntry {
  atMs: number;
  id: string;
  message: string;
  from: string;
}

/** `-o json`: one object a line; `MESSAGE` that is not UTF-8 comes as an array of bytes and is skipped. */
export function parseEntries(text: string): JournalEntry[] {
  return lines(text).flatMap((line) => {
    const row = parseJson(line) as Record<string, unknown> | undefined;
    if (!row || typeof row.MESSAGE !== "string") return [];
    return {
      atMs: Math.floor(Number(row.__REALTIME_TIMESTAMP) / 1000),
      id: typeof row.MESSAGE_ID === "string" ? row.MESSAGE_ID : "",
      message: row.MESSAGE,
      from: typeof row.SYSLOG_IDENTIFIER === "string" ? row.SYSLOG_IDENTIFIER : "",
    };
  });
}

export interface JournalEnd {
  clean: boolean;
  /** The last line of that boot. */
  atMs?: number;
  reason?: string;
  evidence: string[];
}

/** A line of evidence; a longer message than the contract takes would send the whole record into quarantine. */
const EVIDENCE_CHARS_MAX = 512;

/** How a boot ended, from its last lines: a clean stop says so, a power cut just ends. */
export function judgeEnd(entries: readonly JournalEntry[]): JournalEnd {
  const last = entries.at(-1);
  const signs = entries.filter(({ id, from }) => id === SHUTDOWN || id === JOURNAL_STOP || from === "systemd-shutdown");
  const announced = entries.find(({ id }) => id === SHUTDOWN);
  return {
    clean: signs.length > 0,
    ...(last && { atMs: last.atMs }),
    ...(announced && { reason: announced.message }),
    evidence: (signs.length > 0 ? signs : entries)
      .slice(-3)
      .map(({ from, message }) => cut(`${from}: ${message}`, EVIDENCE_CHARS_MAX)),
  };
}

export interface SleepEntry {
  event: "sleep" | "wake";
  atMs: number;
  message: string;
}

export function sleepEntries(entries: readonly JournalEntry[]): SleepEntry[] {
  return entries.flatMap(({ id, atMs, message }) => {
    if (id === SLEEP_START) return { event: "sleep" as const, atMs, message };
    if (id === SLEEP_STOP) return { event: "wake" as const, atMs, message };
    return [];
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
