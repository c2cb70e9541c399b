/** Dates as vendors and operating systems write them, to instants of the contract. Sentinels are not dates. Pure. */
import { formatInstant } from "../../protocol/time.ts";

/** Nothing this agent reads was made before 2000 or lies more than two days ahead: such a value is a default, not a date. */
const EARLIEST_MS = Date.UTC(2000, 0, 1);
const AHEAD_MAX_MS = 48 * 3_600_000;
/** FILETIME: 100 ns since 1601. */
const FILETIME_UNIX_OFFSET_MS = 11_644_473_600_000;

/** As ctime, `last` and ClamAV write them, whatever the locale. */
export const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

export type DateResult = { ok: true; instant: string } | { ok: false; code: "sentinel-value" | "unreadable" };

/** An instant from ms since 1970; out of the plausible range is a sentinel. */
export function instantOf(ms: number, nowMs: number): DateResult {
  if (!Number.isFinite(ms)) return { ok: false, code: "unreadable" };
  if (ms < EARLIEST_MS || ms > nowMs + AHEAD_MAX_MS) return { ok: false, code: "sentinel-value" };
  return { ok: true, instant: formatInstant(ms) };
}

/** Seconds since 1970 in decimal or 0x hex; 0 and 0xFFFFFFFF mean never. */
export function epochSeconds(text: string, nowMs: number): DateResult {
  const seconds = readNumber(text);
  if (seconds === undefined) return { ok: false, code: "unreadable" };
  return seconds === 0 || seconds === 0xffff_ffff
    ? { ok: false, code: "sentinel-value" }
    : instantOf(seconds * 1000, nowMs);
}

export function epochMilliseconds(text: string, nowMs: number): DateResult {
  const ms = readNumber(text);
  if (ms === undefined) return { ok: false, code: "unreadable" };
  return instantOf(ms, nowMs);
}

/** Eight little-endian bytes in hex, spaces and commas allowed (`00 9b 55 8c 89 61 d2 01`, or REG_BINARY). */
export function filetime(hex: string, nowMs: number): DateResult {
  const digits = hex.replace(/[\s,]/g, "");
  if (!/^[0-9a-f]{16}$/i.test(digits)) return { ok: false, code: "unreadable" };
  const ticks = Buffer.from(digits, "hex").readBigUInt64LE();
  return instantOf(Number(ticks / 10_000n) - FILETIME_UNIX_OFFSET_MS, nowMs);
}

/** `20261123`, `20261123080158` or with `-`, `/`, `.`, `:`, `_`, `T`, spaces between; the PC's own zone unless it ends in Z or an offset. */
export function looseDate(text: string, nowMs: number): DateResult {
  if (/^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:?\d{2})$/.test(text.trim()))
    return instantOf(Date.parse(text.trim()), nowMs);
  const match = /(\d{4})\D?(\d{2})\D?(\d{2})(?:\D{0,2}(\d{2})\D?(\d{2})(?:\D?(\d{2}))?)?/.exec(text);
  if (!match) return { ok: false, code: "unreadable" };
  const [year, month, day, hour = 0, minute = 0, second = 0] = match.slice(1).map((part) => Number(part ?? 0));
  return localInstant([year as number, month as number, day as number, hour, minute, second], nowMs);
}

/** A wall-clock time of this PC's zone: [year, month 1-12, day, hour, minute, second]. */
export function localInstant(parts: readonly number[], nowMs: number): DateResult {
  const [year = Number.NaN, month = Number.NaN, day = Number.NaN, hour = 0, minute = 0, second = 0] = parts;
  const date = new Date(year, month - 1, day, hour, minute, second);
  const real = date.getMonth() === month - 1 && date.getDate() === day && hour < 24 && minute < 60 && second < 60;
  return real ? instantOf(date.getTime(), nowMs) : { ok: false, code: "unreadable" };
}

function readNumber(text: string): number | undefined {
  const trimmed = text.trim();
  return /^(0x[0-9a-f]+|\d+)$/i.test(trimmed) ? Number(trimmed) : undefined;
}
