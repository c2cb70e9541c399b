/** The 512-byte header of a ClamAV database, and clamd's answer to VERSION (agent-signals, Antivirus, Linux). Pure. */
import { type DateResult, epochSeconds, instantOf, localInstant, MONTHS } from "../dates.ts";

export const HEADER_BYTES = 512;
const MAGIC = "ClamAV-VDB";

export interface DatabaseHeader {
  version: number;
  signatures: number;
  functionalityLevel: number;
  builder: string;
  builtAt: DateResult;
}

export type HeaderResult = { ok: true; header: DatabaseHeader } | { ok: false; code: "not-a-database" | "truncated" };

/**
 * `ClamAV-VDB:21 Sep 2020 09-52 -0400:25933:4317482:63:md5:dsig:builder:1600696324`, space-padded. Field 8, epoch seconds, rules;
 * files made before it existed have the build time alone.
 */
export function parseDatabaseHeader(bytes: Uint8Array, nowMs: number): HeaderResult {
  const text = new TextDecoder("latin1").decode(bytes.subarray(0, HEADER_BYTES));
  if (!text.startsWith(`${MAGIC}:`)) return { ok: false, code: "not-a-database" };
  if (bytes.length < HEADER_BYTES) return { ok: false, code: "truncated" };
  const [, built = "", version, signatures, level, , , builder = "", epoch = ""] = text.trimEnd().split(":");
  const numbers = [Number(version), Number(signatures), Number(level)] as const;
  if (!numbers.every(Number.isInteger) || !version) return { ok: false, code: "not-a-database" };
  return {
    ok: true,
    header: {
      version: numbers[0],
      signatures: numbers[1],
      functionalityLevel: numbers[2],
      builder: builder.trim(),
      builtAt: /^\d+\s*$/.test(epoch) ? epochSeconds(epoch, nowMs) : buildTime(built, nowMs),
    },
  };
}

/** `21 Sep 2020 09-52 -0400`. */
function buildTime(text: string, nowMs: number): DateResult {
  const match = /^(\d{1,2}) (\w{3}) (\d{4}) (\d{2})-(\d{2}) ([+-])(\d{2})(\d{2})$/.exec(text.trim());
  const month = MONTHS.indexOf(match?.[2] ?? "");
  if (!match || month < 0) return { ok: false, code: "unreadable" };
  const [day, year, hour, minute, east, offsetHours, offsetMinutes] = [1, 3, 4, 5, 6, 7, 8].map(
    (group) => match[group],
  );
  const offset = (Number(offsetHours) * 60 + Number(offsetMinutes)) * (east === "-" ? -1 : 1);
  return instantOf(Date.UTC(Number(year), month, Number(day), Number(hour), Number(minute) - offset), nowMs);
}

export interface ClamdVersion {
  engine: string;
  /** The daily database that is loaded; absent while none is. `builtAt` in wall-clock time of this PC. */
  loaded?: { version: number; builtAt: DateResult };
}

/** `ClamAV 1.4.6/27500/Mon Nov 24 16:00:00 2025` (the date as ctime writes it), or `ClamAV 1.4.6` while nothing is loaded. */
export function parseClamdVersion(answer: string, nowMs: number): ClamdVersion | undefined {
  const match = /^ClamAV ([^/\s]+)(?:\/(\d+)\/(.*))?$/.exec(answer.replaceAll("\0", "").trim());
  if (!match) return undefined;
  const [, engine = "", version, built = ""] = match;
  return { engine, ...(version && { loaded: { version: Number(version), builtAt: ctime(built, nowMs) } }) };
}

function ctime(text: string, nowMs: number): DateResult {
  const match = /^\w{3} (\w{3}) +(\d{1,2}) (\d{2}):(\d{2}):(\d{2}) (\d{4})$/.exec(text.trim());
  const month = MONTHS.indexOf(match?.[1] ?? "") + 1;
  if (!match || month === 0) return { ok: false, code: "unreadable" };
  const [day, hour, minute, second, year] = match.slice(2).map(Number);
  return localInstant([year, month, day, hour, minute, second].map(Number), nowMs);
}

/** Path of clamd's socket in its configuration: the line `LocalSocket /run/clamav/clamd.ctl`. */
export function parseLocalSocket(config: string): string | undefined {
  return /^\s*LocalSocket\s+(\S+)/m.exec(config)?.[1];
}
