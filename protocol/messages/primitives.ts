/** The small schemas that every message is made of. */
import * as z from "zod";
import { NAME_PATTERN } from "./names.ts";

const INSTANT_PATTERN = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/** RFC 3339, UTC, milliseconds: `2026-11-23T00:59:58.120Z`. */
export const instant = z
  .string()
  .regex(INSTANT_PATTERN)
  .refine((text) => Number.isFinite(Date.parse(text)), "not a date that exists");

/** What `instant` accepts, as ms since 1970-01-01 UTC; NaN for anything else. For where each record counts. */
export function parseInstant(value: unknown): number {
  return typeof value === "string" && INSTANT_PATTERN.test(value) ? Date.parse(value) : Number.NaN;
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
