/** `gap`: what is missing and why; the only way in which anything may be missing. */
import * as z from "zod";
import { sequence, shortText } from "../primitives.ts";

export const GAP_REASONS = [
  "journal-full",
  "journal-damaged",
  "journal-expired",
  "clock-log-lost",
  "clock-log-cleared",
] as const;

export const gapBody = z.object({
  /** Sequence numbers of this journal, both ends included; absent when the loss is not the journal's (a clock's log). */
  from: sequence.optional(),
  to: sequence.optional(),
  count: z.int().min(0).optional(),
  reason: z.enum(GAP_REASONS),
  /** Records by kind that had to go, where that is known. */
  kinds: z.record(z.string(), z.int().min(0)).optional(),
  subject: shortText.optional(),
});
