/** What a reader of fingerprint clocks reports: punches, and what a clock says of itself. */
import * as z from "zod";
import { hexBytes, instant, localDateTime, shortText } from "../primitives.ts";

export const VERIFICATIONS = ["finger", "password", "card", "face", "other"] as const;

/** `punch`: the record's `at` is the device time corrected to UTC by the site's zone, never by the offset. */
export const punchBody = z.object({
  clock: shortText,
  device: z.int().min(0),
  user: shortText,
  /** The device's own word, in its local time; absurd values are kept as they came. */
  deviceTime: localDateTime,
  /** Device clock minus reader clock in ms at the last measurement; positive = the clock runs ahead. Null: never measured. */
  offsetMs: z.int().nullable(),
  /** When the reader had the last byte. */
  readAt: instant,
  verification: z.array(z.enum(VERIFICATIONS)).max(8),
  /** The in/out key as the device numbers it. */
  type: z.int().min(0).max(255),
  doorOpened: z.boolean().optional(),
  workCode: z.int().min(0),
  /** 0 for the first of several records alike in clock, user, device time and type; 1 for the second ... */
  ordinal: z.int().min(0),
  via: z.enum(["live", "log"]),
  raw: hexBytes.max(512),
  /** Set when the device time cannot be true; the punch is then kept aside for an officer. */
  doubt: z.enum(["before-installation", "future", "impossible"]).optional(),
});
export type PunchBody = z.infer<typeof punchBody>;

export const CLOCK_EVENTS = [
  "online",
  "lost",
  "state",
  "time-set",
  "time-refused",
  "log-read",
  "memory-low",
  "reset",
] as const;

const counts = z.object({
  users: z.int(),
  fingerprints: z.int(),
  passwords: z.int(),
  cards: z.int(),
  records: z.int(),
  newRecords: z.int(),
});

/** `clock`: what a clock says of itself and what its line suffered. */
export const clockBody = z.object({
  event: z.enum(CLOCK_EVENTS),
  clock: shortText,
  device: z.int().min(0),
  family: z.enum(["tcb", "ef01", "zk"]),
  port: shortText,
  firmware: shortText.optional(),
  model: shortText.optional(),
  counts: counts.optional(),
  capacity: z.object({ users: z.int(), fingerprints: z.int(), records: z.int() }).optional(),
  /** When the log will be full at the present rate; absent while there is no rate yet. */
  fullAt: instant.optional(),
  offsetBeforeMs: z.int().optional(),
  offsetAfterMs: z.int().optional(),
  line: z
    .object({
      discardedBytes: z.int().min(0),
      crcErrors: z.int().min(0),
      timeouts: z.int().min(0),
      reconnects: z.int().min(0),
      refused: z.int().min(0),
      droppedBiometric: z.int().min(0),
    })
    .optional(),
  reason: shortText.optional(),
});
export type ClockBody = z.infer<typeof clockBody>;
