/** Finds, in a stream of log records, the place up to which they are known: by content, never by the device's time. */
import { AppError } from "../../../protocol/errors.ts";
import type { DevicePunch } from "../drivers/driver.ts";
import type { Watermark } from "./watermark.ts";

export interface LogItem {
  punch: DevicePunch;
  ordinal: number;
  readAt: number;
}

export interface Placement {
  /** Takes the next record of the log; returns what is now known to be news. */
  take(item: LogItem): LogItem[];
  /** The log has ended: the rest of the news, and whether the known place was not in it any more. */
  end(): { news: LogItem[]; anchorLost: boolean };
}

/** So many records in a row make a place: some devices store one punch several times. */
const ANCHOR_RECORDS = 4;
/** Records held back until the place is found; a log that is larger is told again from its start. */
export const HELD_RECORDS_MAX = 100_000;

/**
 * The stream begins at position `base` of a log whose marks are as they were left. Throws AppError `log-mismatch` when the
 * record at the watermark is another one.
 */
export function placeFromMark(base: number, watermark: Watermark): Placement {
  let position = base;
  return {
    take(item) {
      position += 1;
      if (position === watermark.position && item.punch.raw !== watermark.tail.at(-1)) {
        throw new AppError("log-mismatch", `the record at position ${position} of the log is not the one read before`);
      }
      return position > watermark.position ? [item] : [];
    },
    end: () => ({ news: [], anchorLost: false }),
  };
}

/** The stream is the whole log. What comes before the place is held back: it is news only if there is no such place. */
export function placeFromStart(watermark: Watermark | undefined): Placement {
  const anchor = watermark?.tail.slice(-ANCHOR_RECORDS) ?? [];
  if (anchor.length === 0) return { take: (item) => [item], end: () => ({ news: [], anchorLost: false }) };
  const last: string[] = [];
  let held: LogItem[] = [];
  let state: "looking" | "found" | "given-up" = "looking";
  return {
    take(item) {
      if (state !== "looking") return [item];
      last.push(item.punch.raw);
      if (last.length > anchor.length) last.shift();
      held.push(item);
      if (anchor.length === last.length && anchor.every((raw, index) => raw === last[index])) {
        state = "found";
        held = [];
      }
      if (held.length <= HELD_RECORDS_MAX) return [];
      state = "given-up";
      return release();
    },
    end: () => ({ news: release(), anchorLost: state !== "found" }),
  };

  function release(): LogItem[] {
    const news = held;
    held = [];
    return news;
  }
}
