/** The reader's own high-water mark in a clock's log. The clock's "new" marks are hints; this decides. */
import * as z from "zod";

/** Enough to recognise a place in the log, and to number punches alike across two reads. */
export const TAIL_RECORDS_MAX = 64;
export const GROWTH_SAMPLES_MAX = 30;

const rawRecord = z.string().regex(/^([0-9a-f]{2})+$/);

export const watermarkSchema = z.object({
  v: z.literal(1),
  /** So many records from the start of the log are in the journal. */
  position: z.int().min(0),
  /** The last of them, raw, the newest at the end. A place in the log is its content, never the device's time. */
  tail: z.array(rawRecord).max(TAIL_RECORDS_MAX),
  /** All of them have journal numbers up to this one. */
  sequence: z.int().min(0),
  /** So many records from the start of the log were not marked as new when the reader last looked. */
  unmarked: z.int().min(0),
  /** Set while the clock is being told to unmark so many: it may or may not have done it. */
  unmarking: z.int().min(0).optional(),
  /** The clock's marks have been seen to mean nothing. */
  marksMeanNothing: z.boolean().optional(),
  /** How the log grew: time (ms since 1970) and number of records. */
  growth: z.array(z.object({ at: z.number(), records: z.int().min(0) })).max(GROWTH_SAMPLES_MAX),
});
export type Watermark = z.infer<typeof watermarkSchema>;

export const START_OF_LOG: Watermark = { v: 1, position: 0, tail: [], sequence: 0, unmarked: 0, growth: [] };

export interface WatermarkStore {
  /** Undefined when nothing (or nothing readable) is known of that clock: its log is then read from the start. */
  load(clock: string): Promise<Watermark | undefined>;
  /** Resolves when it is on disk. */
  save(clock: string, watermark: Watermark): Promise<void>;
}

/** The tail with further records at its end. */
export function extendTail(tail: readonly string[], more: readonly string[]): string[] {
  return [...tail, ...more].slice(-TAIL_RECORDS_MAX);
}
