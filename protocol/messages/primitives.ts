/** The small schemas that every message is made of. */
import * as z from "zod";
import { NAME_PATTERN } from "./names.ts";

const INSTANT_PATTERN = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/** RFC 3339, UTC, milliseconds: `2026-11-23T00:59:58.120Z`. */
export const instant = z
  .string()
  .regex(INSTANT_PATTERN)
  .refine((text) => !Number.isNaN(parseInstant(text)), "not a date that exists");

/**
 * What `instant` accepts, as ms since 1970-01-01 UTC; NaN for anything else, the 30th of February too. Read digit by digit: it is
 * asked twice for each record, and `Date.parse` takes three times as long.
 */
export function parseInstant(value: unknown): number {
  if (typeof value !== "string" || !INSTANT_PATTERN.test(value)) return Number.NaN;
  const [month, day] = [twoDigits(value, 5), twoDigits(value, 8)];
  const [hour, minute, second] = [twoDigits(value, 11), twoDigits(value, 14), twoDigits(value, 17)];
  if (hour > 23 || minute > 59 || second > 59) return Number.NaN;
  const year = twoDigits(value, 0) * 100 + twoDigits(value, 2);
  if (day < 1 || day > daysOf(month, year)) return Number.NaN;
  const ms = twoDigits(value, 20) * 10 + digit(value, 22);
  // Date.UTC takes the years 0 to 99 for those of the last century.
  return Date.UTC(year + GREGORIAN_CYCLE, month - 1, day, hour, minute, second, ms) - GREGORIAN_CYCLE_MS;
}

/** The calendar repeats itself after so many years. */
const GREGORIAN_CYCLE = 400;
const GREGORIAN_CYCLE_MS = 146_097 * 86_400_000;
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** 0 for a month that is none. */
function daysOf(month: number, year: number): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % GREGORIAN_CYCLE === 0);
  return month === 2 && isLeap ? 29 : (MONTH_DAYS[month - 1] ?? 0);
}

function digit(text: string, at: number): number {
  return text.charCodeAt(at) - 0x30;
}

function twoDigits(text: string, at: number): number {
  return digit(text, at) * 10 + digit(text, at + 1);
}

/** A date and time as a device showed it, in its own zone: `2026-11-23T08:59:58`. */
export const localDateTime = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/);

export const name = z.string().regex(NAME_PATTERN);

/** A journal's epoch: a random 64-bit id as 16 hex digits. */
export const epoch = z.string().regex(/^[0-9a-f]{16}$/);

export const sequence = z.int().min(1);

export const hexBytes = z.string().regex(/^([0-9a-f]{2})*$/);

/** Free text from a device or an operating system: bounded, so that one record cannot fill a batch. */
export const shortText = z.string().max(256);
export const longText = z.string().max(4096);
