/** A fact about a PC: a value with where it came from, or the reason why it is not known. Never a guess. */
import * as z from "zod";
import { instant, longText, shortText } from "./primitives.ts";

/** Strongest first (agent-signals: vendor-api > vendor-record > os-record > file-mtime > boolean). */
export const CONFIDENCES = ["vendor-api", "vendor-record", "os-record", "file-mtime", "boolean"] as const;
export type Confidence = (typeof CONFIDENCES)[number];

export const UNKNOWN_REASONS = [
  "not-installed",
  "not-running",
  "access-denied",
  "probe-timeout",
  "probe-failed",
  "not-supported",
  "not-recorded",
  "stale-source",
  "sentinel-value",
  "unreadable",
] as const;
export type UnknownReason = (typeof UNKNOWN_REASONS)[number];

const unknownFact = z.object({
  unknown: z.enum(UNKNOWN_REASONS),
  detail: longText.optional(),
  source: shortText.optional(),
  at: instant,
});

/** The schema of a fact whose value has the given schema. */
export function fact<T extends z.ZodType>(value: T) {
  return z.union([z.object({ value, source: shortText, confidence: z.enum(CONFIDENCES), at: instant }), unknownFact]);
}

export interface Known<T> {
  value: T;
  source: string;
  confidence: Confidence;
  at: string;
}

export interface Unknown {
  unknown: UnknownReason;
  detail?: string | undefined;
  source?: string | undefined;
  at: string;
}

export type Fact<T> = Known<T> | Unknown;

export function isKnown<T>(fact: Fact<T>): fact is Known<T> {
  return "value" in fact;
}
