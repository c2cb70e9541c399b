/** Decides, from what the clock counts, whether its log has to be read and from where. Pure. */
import type { ClockCounts, DownloadOptions } from "../drivers/driver.ts";
import type { Watermark } from "./watermark.ts";

export type ReadReason = "first-contact" | "log-shorter" | "marks-moved" | "unread-records";

export type Plan =
  | { do: "nothing" }
  /** The live pushes since the watermark are exactly what the log has beyond it. */
  | { do: "advance" }
  | {
      do: "read";
      from: DownloadOptions["from"];
      expected: number;
      /** The log position of the first record that will come. */
      base: number;
      reason: ReadReason;
    };

/** @param live how many punches were pushed and journalled since the watermark */
export function planRead(watermark: Watermark | undefined, counts: ClockCounts, live: number): Plan {
  if (!watermark) return readAll(counts, "first-contact");
  if (counts.records < watermark.position) return readAll(counts, "log-shorter");
  if (!marksAsLeft(watermark, counts, live)) return readAll(counts, "marks-moved");
  if (counts.records === watermark.position + live) return { do: live === 0 ? "nothing" : "advance" };
  return readUnread(watermark, counts);
}

/** How many records from the start of the log carry no mark, if all marks are at its end. */
export function unmarkedOf({ records, newRecords }: ClockCounts): number {
  return Math.max(0, records - newRecords);
}

/**
 * Marks that somebody else moved, or that do not fit the records, say that the log is not the one the watermark belongs to, or
 * that another program reads this clock too. Some models do not mark what they have pushed.
 */
function marksAsLeft(watermark: Watermark, counts: ClockCounts, live: number): boolean {
  if (watermark.marksMeanNothing) return true;
  const now = unmarkedOf(counts);
  const { unmarked, unmarking = 0 } = watermark;
  return now >= unmarked && now <= unmarked + unmarking + live;
}

/** The new records, where they begin at or before the watermark; else all of them, for there is no other way to a place. */
function readUnread(watermark: Watermark, counts: ClockCounts): Plan {
  const base = unmarkedOf(counts);
  if (watermark.marksMeanNothing || base > watermark.position) return readAll(counts, "unread-records");
  return { do: "read", from: "oldest-new", expected: counts.newRecords, base, reason: "unread-records" };
}

function readAll(counts: ClockCounts, reason: ReadReason): Plan {
  if (counts.records === 0 && reason === "first-contact") return { do: "nothing" };
  return { do: "read", from: "oldest", expected: counts.records, base: 0, reason };
}
